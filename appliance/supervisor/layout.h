#pragma once
// Who owns what in the state folder. Called by the supervisor before anything is opened.

#include "appliance/base/result.h"

#include <string_view>

namespace supervisor
{

/// Makes what is missing below the working directory (the state folder) and, as root, sets owners and modes. What
/// lies in a folder that already belongs to its daemon is not touched: root never follows what an unprivileged
/// process put there. The error names the path.
base::Result<void> prepare_layout();

/// Sets owner and mode of one entry of the layout ("run/imap.sock") when it is there.
base::Result<void> own(std::string_view path);

} // namespace supervisor
