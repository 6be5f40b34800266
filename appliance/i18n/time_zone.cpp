#include "appliance/i18n/time_zone.h"

#include "appliance/base/file.h"

#include <algorithm>

namespace i18n
{

namespace
{
constexpr std::size_t header_size = 44;

/// RFC 9636 3.1: how many there are of what.
struct Counts {
    std::size_t utc_marks, standard_marks, leaps, changes, types, letters;

    std::size_t size(std::size_t time_size) const
    {
        return changes * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) + standard_marks + utc_marks;
    }
};

std::int64_t number(std::string_view bytes)
{
    std::uint64_t value = 0;
    for (char const c : bytes) value = value << 8U | static_cast<unsigned char>(c);
    auto const unused = 64 - 8 * bytes.size();
    return static_cast<std::int64_t>(value << unused) >> unused;
}

std::optional<Counts> counts_of(std::string_view bytes)
{
    constexpr std::size_t most = 100'000;
    if (bytes.size() < header_size || !bytes.starts_with("TZif")) return std::nullopt;
    std::size_t fields[6];
    for (std::size_t i = 0; i < std::size(fields); ++i) {
        fields[i] = static_cast<std::uint32_t>(number(bytes.substr(20 + 4 * i, 4)));
        if (fields[i] > most) return std::nullopt;
    }
    return Counts{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]};
}
} // namespace

std::optional<TimeZone> TimeZone::load(std::string const& name)
{
    constexpr std::size_t largest = 1 << 20;
    if (name.find("..") != std::string::npos) return std::nullopt;
    auto const bytes = base::read_file("/usr/share/zoneinfo/" + name, largest);
    return bytes ? parse(*bytes) : std::nullopt;
}

std::optional<TimeZone> TimeZone::parse(std::string_view bytes)
{
    auto const old = counts_of(bytes); // the block with times of 32 bits, for programs of the last century
    if (!old || bytes.size() < header_size + old->size(4) || bytes[4] < '2') return std::nullopt;
    bytes.remove_prefix(header_size + old->size(4));
    auto const counts = counts_of(bytes);
    if (!counts || counts->types == 0 || bytes.size() < header_size + counts->size(8)) return std::nullopt;
    auto const body = bytes.substr(header_size, counts->size(8));
    auto const footer = bytes.substr(header_size + counts->size(8));

    auto const types = body.substr(counts->changes * 9);
    auto const minutes_of = [&](std::size_t type) {
        return static_cast<int>(number(types.substr(type * 6, 4)) / 60);
    };
    TimeZone zone;
    zone.first_minutes_ = minutes_of(0);
    for (std::size_t i = 0; i < counts->changes; ++i) {
        auto const type = static_cast<unsigned char>(body[counts->changes * 8 + i]);
        if (type >= counts->types) return std::nullopt;
        zone.changes_.push_back({number(body.substr(i * 8, 8)), minutes_of(type)});
    }
    bool const sorted = std::is_sorted(zone.changes_.begin(), zone.changes_.end(),
                                       [](Change const& a, Change const& b) { return a.second < b.second; });
    if (!sorted) return std::nullopt;
    zone.goes_on_ = footer.find(',') != std::string_view::npos && !zone.changes_.empty();
    return zone;
}

int TimeZone::minutes(std::int64_t microseconds_utc) const
{
    // After 28 years weekdays and dates meet again. Debian's files list the changes up to 2037.
    constexpr std::int64_t cycle = std::int64_t{28 * 365 + 7} * 86400;
    auto second = microseconds_utc / 1'000'000;
    if (goes_on_ && second > changes_.back().second)
        second -= ((second - changes_.back().second) / cycle + 1) * cycle;
    auto const next = std::upper_bound(changes_.begin(), changes_.end(), second,
                                       [](std::int64_t when, Change const& change) { return when < change.second; });
    return next == changes_.begin() ? first_minutes_ : std::prev(next)->minutes;
}

std::int64_t day_start(std::chrono::year_month_day day, std::function<int(std::int64_t)> const& minutes)
{
    std::chrono::microseconds const wall = std::chrono::sys_days(day).time_since_epoch();
    auto const east = [&](std::chrono::microseconds when) { return std::chrono::minutes(minutes(when.count())); };
    auto const about = wall - east(wall); // right, unless clocks change within these hours
    return (wall - east(about)).count();
}

} // namespace i18n
