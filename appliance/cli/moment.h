#pragma once
// Moments as people type them on the command line.

#include "appliance/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace cli
{

/// What a day without a time means.
enum class DayMeans { begin, end };

/// "2026-11-28", "2026-11-28 14:00", "2026-11-28T14:00:05" in the machine's time zone, or a span before `now`: "10m",
/// "2h", "3d". Nothing: it is none of these, or no such day.
std::optional<base::Timestamp> parse_moment(std::string_view text, base::Timestamp now, DayMeans day_means);
/// Throws base::Failure (refused) that says how to write it.
base::Timestamp must_parse_moment(std::string_view text, base::Timestamp now, DayMeans day_means);

/// "14:03:07" in the machine's time zone; and whether two moments are of one day there.
std::string show_clock(base::Timestamp when);
bool is_same_day(base::Timestamp one, base::Timestamp other);

} // namespace cli
