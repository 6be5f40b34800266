#include "appliance/message/date.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace message
{

namespace
{
constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Zone {
    std::string_view name;
    int minutes;
};
// RFC 5322 4.3; military letters are worth nothing (+0000) there. Indonesia's own three are seen in local mail.
constexpr Zone zones[] = {{"ut", 0},     {"gmt", 0},    {"utc", 0},    {"edt", -240}, {"est", -300}, {"cdt", -300},
                          {"cst", -360}, {"mdt", -360}, {"mst", -420}, {"pdt", -420}, {"pst", -480}, {"wib", 420},
                          {"wita", 480}, {"wit", 540},  {"cet", 60},   {"cest", 120}, {"bst", 60},   {"jst", 540}};

constexpr base::ByteSet blanks(" \t\r\n,");
constexpr base::ByteSet word_bytes = base::letters | base::ByteSet::range(128, 255);

/// What was found so far, in any order.
struct Fields {
    std::optional<int> day, month, year, hour, minute, second, zone;
};

void skip_comment(base::Cursor& cursor)
{
    std::size_t depth = 0;
    do {
        if (cursor.take('(')) {
            ++depth;
        } else if (cursor.take(')')) {
            --depth;
        } else {
            cursor.take('\\');
            cursor.take_bytes(1);
        }
    } while (depth > 0 && !cursor.at_end());
}

void take_word(base::Cursor& cursor, Fields& fields)
{
    std::string const word = base::lower(cursor.take_while(word_bytes));
    for (std::size_t i = 0; i < months.size(); ++i)
        if (!fields.month && word.substr(0, 3) == months[i]) fields.month = static_cast<int>(i) + 1;
    for (auto const& zone : zones)
        if (fields.hour && !fields.zone && word == zone.name) fields.zone = zone.minutes;
    if (fields.hour && word == "pm" && *fields.hour < 12) *fields.hour += 12;
    if (fields.hour && word == "am" && *fields.hour == 12) *fields.hour = 0;
}

/// "+0700" or "+07:00".
bool take_zone(base::Cursor& cursor, Fields& fields)
{
    int const sign = cursor.peek() == '-' ? -1 : 1;
    if (!fields.hour || (!cursor.take('+') && !cursor.take('-'))) return false;
    auto const digits = cursor.take_while(base::digits, 4);
    auto value = static_cast<int>(base::parse_number(digits).value_or(0));
    if (digits.size() <= 2) {
        value *= 100;
        if (cursor.take(':'))
            value += static_cast<int>(base::parse_number(cursor.take_while(base::digits, 2)).value_or(0));
    }
    if (value / 100 < 24 && value % 100 < 60) fields.zone = sign * (value / 100 * 60 + value % 100);
    return true;
}

void take_number(base::Cursor& cursor, Fields& fields)
{
    auto const digits = cursor.take_while(base::digits);
    auto const number = base::parse_number(digits, 9999);
    if (!number) return;
    int const value = static_cast<int>(*number);
    if (cursor.peek() == ':' && !fields.hour && value < 24) {
        fields.hour = value;
        cursor.take(':');
        fields.minute = static_cast<int>(base::parse_number(cursor.take_while(base::digits, 2)).value_or(60));
        fields.second = 0;
        if (cursor.take(':'))
            fields.second = static_cast<int>(base::parse_number(cursor.take_while(base::digits, 2)).value_or(61));
        if (cursor.take('.')) cursor.take_while(base::digits);
    } else if (!fields.day && digits.size() <= 2) {
        fields.day = value;
    } else if (!fields.year) {
        // RFC 5322 4.3: two and three digits.
        fields.year = digits.size() <= 2   ? value + (value < 50 ? 2000 : 1900)
                      : digits.size() == 3 ? value + 1900
                                           : value;
    }
}

Fields read_fields(std::string_view value)
{
    Fields fields;
    base::Cursor cursor(value);
    while (!cursor.at_end()) {
        cursor.take_while(blanks);
        if (cursor.peek() == '(')
            skip_comment(cursor);
        else if (word_bytes.contains(cursor.peek()))
            take_word(cursor, fields);
        else if (base::digits.contains(cursor.peek()))
            take_number(cursor, fields);
        else if (!take_zone(cursor, fields))
            cursor.take_bytes(1);
    }
    return fields;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month)
{
    constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// Days since 1970-01-01 in the Gregorian calendar (the well-known computation with years that begin in March).
std::int64_t days_since_1970(Day const& day)
{
    std::int64_t const year = day.month <= 2 ? day.year - 1 : day.year;
    std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
    std::int64_t const year_of_era = year - era * 400;
    std::int64_t const day_of_year = (153 * (day.month + (day.month > 2 ? -3 : 9)) + 2) / 5 + day.day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

Day day_from(std::int64_t days)
{
    days += 719468;
    std::int64_t const era = (days >= 0 ? days : days - 146096) / 146097;
    std::int64_t const day_of_era = days - era * 146097;
    std::int64_t const year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    std::int64_t const day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    std::int64_t const month = (5 * day_of_year + 2) / 153;
    auto const real_month = static_cast<int>(month < 10 ? month + 3 : month - 9);
    return {static_cast<int>(year + era * 400) + (real_month <= 2 ? 1 : 0), real_month,
            static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1)};
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Seconds since 1970 of the clock on the wall in that zone.
std::int64_t wall_seconds(base::Timestamp when, int zone_minutes)
{
    return floor_divide(when, 1000000) + std::int64_t{zone_minutes} * 60;
}
} // namespace

std::optional<HeaderDate> parse_date(std::string_view value)
{
    Fields const f = read_fields(value.substr(0, 1000));
    if (!f.day || !f.month || !f.year) return std::nullopt;
    if (*f.year < 1 || *f.day < 1 || *f.day > days_in(*f.year, *f.month)) return std::nullopt;
    if (f.minute.value_or(0) > 59 || f.second.value_or(0) > 60) return std::nullopt;
    HeaderDate date;
    date.local_day = {*f.year, *f.month, *f.day};
    date.zone_minutes = f.zone.value_or(0);
    std::int64_t const seconds = days_since_1970(date.local_day) * 86400 + f.hour.value_or(0) * 3600 +
                                 f.minute.value_or(0) * 60 + f.second.value_or(0) - date.zone_minutes * 60;
    date.when = seconds * 1000000;
    return date;
}

Day day_of(base::Timestamp when, int zone_minutes)
{
    return day_from(floor_divide(wall_seconds(when, zone_minutes), 86400));
}

std::string zoned_date(base::Timestamp when, int zone_minutes)
{
    std::int64_t const wall = wall_seconds(when, zone_minutes);
    std::int64_t const days = floor_divide(wall, 86400);
    auto const seconds = static_cast<int>(wall - days * 86400);
    auto const weekday = static_cast<std::size_t>(((days + 4) % 7 + 7) % 7);
    Day const day = day_from(days);
    std::string const month(months[static_cast<std::size_t>(day.month - 1)]);
    int const zone = zone_minutes < 0 ? -zone_minutes : zone_minutes;
    char text[96];
    std::snprintf(text, sizeof text, "%.3s, %d %c%.2s %04d %02d:%02d:%02d %c%02d%02d", weekdays[weekday].data(),
                  day.day, month[0] - 32, month.c_str() + 1, day.year, seconds / 3600, seconds / 60 % 60,
                  seconds % 60, zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
    return text;
}

} // namespace message
