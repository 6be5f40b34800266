#include "appliance/base/clock.h"

#include <cstdio>
#include <ctime>

namespace base
{

namespace
{
std::tm utc(Timestamp when)
{
    auto const seconds = static_cast<std::time_t>(when / 1000000 - (when % 1000000 < 0 ? 1 : 0));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return parts;
}
constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
} // namespace

Timestamp SystemClock::now() const
{
    using std::chrono::duration_cast;
    return duration_cast<Microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

SystemClock const& system_clock()
{
    static SystemClock const clock;
    return clock;
}

std::string rfc5322_date(Timestamp when)
{
    auto const t = utc(when);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
                  months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    return text;
}

std::string iso_date(Timestamp when)
{
    auto const t = utc(when);
    auto const ms = static_cast<int>((when % 1000000 + 1000000) % 1000000 / 1000);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                  t.tm_hour, t.tm_min, t.tm_sec, ms);
    return text;
}

} // namespace base
