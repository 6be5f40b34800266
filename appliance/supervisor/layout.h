#pragma once
// Who owns what in the state folder. Called by the supervisor before anything is opened, and by setup when it has
// made something: the supervisor may be running already.

#include "appliance/base/result.h"

#include <string>
#include <string_view>

namespace supervisor
{

/// Makes what is missing below the state folder (default: the working directory) and, as root, sets owners and modes.
/// What lies in a folder that already belongs to its daemon is not touched: root never follows what an unprivileged
/// process put there. The error names the path.
base::Result<void> prepare_layout(std::string const& state = ".");

/// Sets owner and mode of one entry of the layout ("run/imap.sock") when it is there.
base::Result<void> own(std::string_view path);

} // namespace supervisor
