#pragma once
// Where the running appliance writes its log, and its lines as they come: a file, or the journal.

#include "appliance/base/result.h"

#include <functional>
#include <optional>
#include <string>

namespace setup
{

using NextLine = std::function<std::optional<std::string>()>;

/// The log of the supervisor with that pid and of its daemons: the last lines, then what comes. `only`: a part that a
/// line must have (empty: all). Failed when the log goes to a terminal, where nobody can read it afterwards.
base::Result<NextLine> open_log(long supervisor, std::string const& only);

} // namespace setup
