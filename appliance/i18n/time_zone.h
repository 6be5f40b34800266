#pragma once
// The time of day somewhere: what localtime() does for one zone of the whole process, for as many as there are
// readers.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace i18n
{

/// One zone of the time zone database (TZif, RFC 9636). Never changes: safe from all threads.
class TimeZone
{
public:
    /// "Asia/Makassar". Nothing when the system has no such zone.
    static std::optional<TimeZone> load(std::string const& name);
    /// The bytes of a file of /usr/share/zoneinfo; nothing when they are not whole.
    static std::optional<TimeZone> parse(std::string_view bytes);

    /// East of UTC at that moment.
    int minutes(std::int64_t microseconds_utc) const;

private:
    struct Change {
        std::int64_t second; ///< UTC
        int minutes;
    };
    std::vector<Change> changes_;
    int first_minutes_ = 0; ///< before all changes
    bool goes_on_ = false;  ///< summer time comes back each year, beyond the last change that is listed
};

/// The moment when a day begins, in microseconds, where clocks are so many `minutes` east of UTC at a moment.
std::int64_t day_start(std::chrono::year_month_day day, std::function<int(std::int64_t)> const& minutes);

} // namespace i18n
