#pragma once
// The box's own screen when nobody works at it: its name, its addresses, whether everything is well, mail today.

#include "setup-tui/admin/desk.h"

#include <string>
#include <vector>

namespace setup
{

/// "192.168.10.1 (eth0)" for every address that others can reach the box at.
std::vector<std::string> own_addresses();

/// Until Enter is pressed.
void show_console(Desk& desk);

} // namespace setup
