#include "appliance/cli/moment.h"

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"

#include <ctime>

namespace cli
{

namespace
{
constexpr std::uint64_t second = 1000000;
constexpr std::uint64_t longest_span = 100000;

std::optional<base::Timestamp> parse_span(std::string_view text, base::Timestamp now)
{
    base::Cursor cursor(text);
    auto const count = cursor.take_number(longest_span);
    if (!count) return std::nullopt;
    std::uint64_t unit = 0;
    if (cursor.take('m'))
        unit = 60 * second;
    else if (cursor.take('h'))
        unit = 3600 * second;
    else if (cursor.take('d'))
        unit = 24 * 3600 * second;
    if (unit == 0 || !cursor.at_end()) return std::nullopt;
    return now - static_cast<base::Timestamp>(*count * unit);
}

std::optional<int> take_two(base::Cursor& cursor, char before, int most)
{
    if (!cursor.take(before)) return std::nullopt;
    auto const value = cursor.take_number(static_cast<std::uint64_t>(most));
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

/// The fields as typed; tm_hour is -1 when there is no time of day.
std::optional<std::tm> parse_fields(std::string_view text)
{
    base::Cursor cursor(text);
    std::tm fields{};
    auto const year = cursor.take_number(9999);
    auto const month = year ? take_two(cursor, '-', 12) : std::nullopt;
    auto const day = month ? take_two(cursor, '-', 31) : std::nullopt;
    if (!day || *year < 1970 || *month == 0 || *day == 0) return std::nullopt;
    fields.tm_year = static_cast<int>(*year) - 1900;
    fields.tm_mon = *month - 1;
    fields.tm_mday = *day;
    fields.tm_hour = -1;
    if (cursor.at_end()) return fields;
    auto const hour = take_two(cursor, text.find('T') == std::string_view::npos ? ' ' : 'T', 23);
    auto const minute = hour ? take_two(cursor, ':', 59) : std::nullopt;
    if (!minute) return std::nullopt;
    fields.tm_hour = *hour;
    fields.tm_min = *minute;
    if (cursor.at_end()) return fields;
    auto const seconds = take_two(cursor, ':', 59);
    if (!seconds || !cursor.at_end()) return std::nullopt;
    fields.tm_sec = *seconds;
    return fields;
}

std::optional<base::Timestamp> local_time(std::tm fields)
{
    auto const day = fields.tm_mday;
    fields.tm_isdst = -1;
    auto const seconds = std::mktime(&fields);
    if (seconds == -1 || fields.tm_mday != day) return std::nullopt; // 30 February
    return static_cast<base::Timestamp>(seconds) * static_cast<base::Timestamp>(second);
}

std::tm local_fields(base::Timestamp when)
{
    auto const seconds = static_cast<std::time_t>(when / static_cast<base::Timestamp>(second));
    std::tm fields{};
    ::localtime_r(&seconds, &fields);
    return fields;
}
} // namespace

std::string show_clock(base::Timestamp when)
{
    auto const fields = local_fields(when);
    char text[16];
    return {text, std::strftime(text, sizeof text, "%H:%M:%S", &fields)};
}

bool is_same_day(base::Timestamp one, base::Timestamp other)
{
    auto const a = local_fields(one);
    auto const b = local_fields(other);
    return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
}

std::optional<base::Timestamp> parse_moment(std::string_view text, base::Timestamp now, DayMeans day_means)
{
    if (auto const span = parse_span(text, now)) return span;
    auto fields = parse_fields(text);
    if (!fields) return std::nullopt;
    bool const is_day = fields->tm_hour < 0;
    if (is_day) fields->tm_hour = 0;
    auto const moment = local_time(*fields);
    if (!moment || !is_day || day_means == DayMeans::begin) return moment;
    std::tm next = *fields; // not 24 hours later: a day may have 23
    next.tm_mday += 1;
    next.tm_isdst = -1;
    return static_cast<base::Timestamp>(std::mktime(&next)) * static_cast<base::Timestamp>(second);
}

base::Timestamp must_parse_moment(std::string_view text, base::Timestamp now, DayMeans day_means)
{
    if (auto const moment = parse_moment(text, now, day_means)) return *moment;
    throw base::Failure(
        base::refused(std::string(text), "this is no time", "write 2026-11-28, '2026-11-28 14:00', 10m, 2h or 3d"));
}

} // namespace cli
