#include "maild/smtp/transport_wishes.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/smtp/reply.h"

namespace maild::smtp
{

namespace
{
using base::Cursor;

/// RFC 2852 section 4, RFC 4865 section 3.
constexpr std::size_t time_digits_max = 9;
constexpr std::uint64_t priority_max = 9;
constexpr base::ByteSet solicitation_bytes = base::letters | base::digits | base::ByteSet(".-_:");
constexpr base::Timestamp second = 1'000'000;

[[noreturn]] void bad(std::string_view usage) { throw ClientError(501, "5.5.4", "Syntax: " + std::string(usage)); }

std::optional<std::uint64_t> take_number(Cursor& cursor, std::size_t digits_min, std::size_t digits_max)
{
    auto const digits = cursor.take_while(base::digits, digits_max);
    if (digits.size() < digits_min) return std::nullopt;
    return base::parse_number(digits);
}

/// BY=[+-]seconds;mode[T]
TransportWishes::By must_parse_by(std::string_view value)
{
    constexpr std::string_view usage = "BY=seconds;R or BY=seconds;N, with T behind it for trace";
    Cursor cursor(value);
    bool const negative = cursor.take('-');
    if (!negative) cursor.take('+');
    auto const seconds = take_number(cursor, 1, time_digits_max);
    if (!seconds || !cursor.take(';')) bad(usage);
    TransportWishes::By by{static_cast<std::int64_t>(*seconds) * (negative ? -1 : 1)};
    auto const mode = base::upper(cursor.rest());
    by.returns = mode.starts_with('R');
    by.trace = mode.ends_with('T');
    if (mode != "R" && mode != "N" && mode != "RT" && mode != "NT") bad(usage);
    if (by.returns && by.seconds <= 0) bad("BY=seconds;R with seconds above 0");
    return by;
}

std::uint64_t must_parse_hold_for(std::string_view value)
{
    Cursor cursor(value);
    auto const seconds = take_number(cursor, 1, time_digits_max);
    if (!seconds || *seconds == 0 || !cursor.at_end()) bad("HOLDFOR=seconds");
    return *seconds;
}

base::Timestamp must_parse_hold_until(std::string_view value)
{
    auto const when = parse_rfc3339(value);
    if (!when) bad("HOLDUNTIL=2026-12-01T07:00:00Z");
    return *when;
}

int must_parse_priority(std::string_view value)
{
    Cursor cursor(value);
    int const sign = cursor.take('-') ? -1 : 1;
    auto const number = take_number(cursor, 1, 1);
    if (!number || *number > priority_max || !cursor.at_end()) bad("MT-PRIORITY=-9 to 9");
    return sign * static_cast<int>(*number);
}

/// "Z" or "+07:00", in seconds east of UTC.
std::optional<std::int64_t> take_zone(Cursor& cursor)
{
    if (cursor.take('Z') || cursor.take('z')) return 0;
    bool const west = cursor.take('-');
    if (!west && !cursor.take('+')) return std::nullopt;
    auto const hours = take_number(cursor, 2, 2);
    bool const colon = cursor.take(':');
    auto const minutes = take_number(cursor, 2, 2);
    if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    auto const seconds = static_cast<std::int64_t>(*hours * 3600 + *minutes * 60);
    return west ? -seconds : seconds;
}
} // namespace

bool take_wish(TransportWishes& wishes, std::string_view keyword, std::string_view value)
{
    if (keyword == "BY")
        wishes.by = must_parse_by(value);
    else if (keyword == "HOLDFOR")
        wishes.hold_for = must_parse_hold_for(value);
    else if (keyword == "HOLDUNTIL")
        wishes.hold_until = must_parse_hold_until(value);
    else if (keyword == "MT-PRIORITY")
        wishes.priority = must_parse_priority(value);
    else if (keyword == "REQUIRETLS" && value.empty())
        wishes.require_tls = true;
    else if (keyword == "SOLICIT" && !value.empty())
        wishes.solicitations = parse_solicitations(value);
    else
        return false;
    if (wishes.hold_for && wishes.hold_until) bad("HOLDFOR or HOLDUNTIL, not both");
    return true;
}

std::vector<std::string> parse_solicitations(std::string_view text)
{
    std::vector<std::string> classes;
    Cursor cursor(text);
    while (!cursor.at_end()) {
        if (auto const word = cursor.take_while(solicitation_bytes); !word.empty())
            classes.push_back(base::lower(word));
        else
            cursor.take_bytes(1);
    }
    return classes;
}

std::optional<base::Timestamp> parse_rfc3339(std::string_view text)
{
    Cursor cursor(text);
    auto const year = take_number(cursor, 4, 4);
    bool good = cursor.take('-');
    auto const month = take_number(cursor, 2, 2);
    good &= cursor.take('-');
    auto const day = take_number(cursor, 2, 2);
    good &= cursor.take('T') || cursor.take('t');
    auto const hour = take_number(cursor, 2, 2);
    good &= cursor.take(':');
    auto const minute = take_number(cursor, 2, 2);
    good &= cursor.take(':');
    auto const seconds = take_number(cursor, 2, 2);
    if (cursor.take('.')) good &= !cursor.take_while(base::digits).empty(); // a part of a second is nothing here
    auto const zone = take_zone(cursor);
    if (!good || !year || !month || !day || !hour || !minute || !seconds || !zone || !cursor.at_end())
        return std::nullopt;
    std::chrono::year_month_day const date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *seconds > 60) return std::nullopt;
    auto const days = std::chrono::sys_days(date).time_since_epoch().count();
    auto const of_day = static_cast<std::int64_t>(*hour * 3600 + *minute * 60 + *seconds);
    return (std::int64_t{days} * 86400 + of_day - *zone) * second;
}

} // namespace maild::smtp
