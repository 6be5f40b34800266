#include "setup-tui/apply/clock.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "setup-tui/apply/network.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/rtc.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timex.h>

namespace setup
{

namespace
{
constexpr char const* hardware_clock = "/dev/rtc0";
constexpr char const* release_file = "/usr/share/kotakpos/release"; ///< as old as the image
constexpr int earliest_year = 2026;                                 // before it there was no Kotakpos

std::tm local(std::time_t when)
{
    std::tm parts{};
    ::localtime_r(&when, &parts);
    return parts;
}

/// A time server has told the kernel.
bool is_synchronised()
{
    timex state{};
    return ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

/// Nothing where the machine has no clock of its own.
std::optional<std::uint64_t> hardware_time()
{
    auto const text = base::read_file("/sys/class/rtc/rtc0/since_epoch");
    return text ? base::parse_number(base::trim(*text)) : std::nullopt;
}

/// So that the next start knows it, too. A machine without one goes on from what the first stage remembers.
void set_hardware_clock(std::time_t when)
{
    base::Fd const clock(::open(hardware_clock, O_RDONLY | O_CLOEXEC));
    std::tm utc{};
    ::gmtime_r(&when, &utc);
    rtc_time time{};
    time.tm_year = utc.tm_year;
    time.tm_mon = utc.tm_mon;
    time.tm_mday = utc.tm_mday;
    time.tm_hour = utc.tm_hour;
    time.tm_min = utc.tm_min;
    time.tm_sec = utc.tm_sec;
    if (clock) ::ioctl(clock.get(), RTC_SET_TIME, &time);
}
} // namespace

std::optional<std::time_t> parse_clock(std::string const& text)
{
    std::tm parts{};
    std::string const trimmed(base::trim(text));
    auto const* const end = ::strptime(trimmed.c_str(), "%Y-%m-%d %H:%M", &parts);
    if (!end || *end != '\0' || parts.tm_year + 1900 < earliest_year) return std::nullopt;
    parts.tm_isdst = -1;
    int const day = parts.tm_mday;
    auto const when = std::mktime(&parts); // corrects the 31st of February to a day of March
    if (when == -1 || parts.tm_mday != day) return std::nullopt;
    return when;
}

std::string show_clock(std::time_t when)
{
    char text[32];
    auto const parts = local(when);
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts)};
}

bool is_clock_doubtful()
{
    if (!owns_network() || is_synchronised()) return false;
    struct stat release {
    };
    if (::stat(release_file, &release) != 0) return false;
    return hardware_time().value_or(0) < static_cast<std::uint64_t>(release.st_mtime);
}

base::Result<void> set_clock(std::string const& text)
{
    auto const when = parse_clock(text);
    timeval const now{.tv_sec = when.value_or(0), .tv_usec = 0};
    if (!when || ::settimeofday(&now, nullptr) != 0)
        return base::failed(text, when ? std::strerror(errno) : "this is no date and time",
                            "write it like 2026-11-29 07:30");
    set_hardware_clock(*when);
    return {};
}

} // namespace setup
