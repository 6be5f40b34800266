#pragma once
// Who may work here: an administrator of the school, by login and password.

#include "setup-tui/admin/desk.h"

namespace setup
{

/// Asks until an administrator has logged in (true; `desk.login` is set) or gives up (false). After a wrong password
/// it waits longer each time and writes to the system's log; after five it throws Stopped.
bool log_in(Desk& desk);

} // namespace setup
