#pragma once
// The Date field (RFC 5322 3.3, obsolete forms of 4.3 and what else is seen). Writing: base::rfc5322_date,
// zoned_date.

#include "appliance/base/clock.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace message
{

/// A day of the calendar, in no time zone: what IMAP's SENTON, SENTSINCE and SENTBEFORE compare (RFC 3501 6.4.4).
struct Day {
    int year = 0;
    int month = 0; ///< 1 to 12
    int day = 0;   ///< 1 to 31
    auto operator<=>(Day const&) const = default;
};

/// A moment, and the writer's own day and zone.
struct HeaderDate {
    base::Timestamp when = 0;
    Day local_day;
    int zone_minutes = 0; ///< east of UTC
};

/// Nothing when there is no date in it. Comments, missing weekday or seconds, two-digit years and named zones are
/// understood; an unknown zone counts as UTC.
std::optional<HeaderDate> parse_date(std::string_view value);

/// The day of a moment in a zone.
Day day_of(base::Timestamp when, int zone_minutes = 0);

/// "Sat, 21 Nov 2026 22:25:00 +0700".
std::string zoned_date(base::Timestamp when, int zone_minutes);

} // namespace message
