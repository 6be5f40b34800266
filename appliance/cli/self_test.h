#pragma once
// The self-test for other commands: the steps of `kotakpos check` that are not well.

#include "appliance/cli/session.h"

#include <set>
#include <string>

namespace cli
{

/// "dns", "mail", ...; empty: everything is well. Really asks, really writes a mail; takes seconds.
std::set<std::string> ill_steps(Session& session);

} // namespace cli
