#pragma once
// The clock of a box that has lost it: a PC with an empty battery wakes up in 2000, and without Internet nobody
// corrects it. Only the image's own clock is asked for and set (owns_network()).

#include "appliance/base/result.h"

#include <ctime>
#include <optional>
#include <string>

namespace setup
{

/// "2026-11-29 07:30" in the machine's time zone; nothing for what is no such moment or before 2026.
std::optional<std::time_t> parse_clock(std::string const& text);
std::string show_clock(std::time_t when);

/// Whether the machine's own clock lags behind the image's making, and no time server has been heard.
bool is_clock_doubtful();
/// Sets the system's clock and the machine's own. `text` must be good for parse_clock().
base::Result<void> set_clock(std::string const& text);

} // namespace setup
