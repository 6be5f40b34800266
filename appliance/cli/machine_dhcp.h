#pragma once
// The image's DHCP server: its configuration from the school's settings, and what must be so before it may run.

#include "appliance/box/dhcp.h"
#include "appliance/cli/session.h"

#include <string>
#include <string_view>

namespace cli
{

/// Throws base::Failure (refused) when machine.dhcp may not become `value`: no fixed address, a bad range, or another
/// DHCP server that answers in the LAN. For any other key, and on a computer that is not the box, nothing.
void check_machine_setting(Session& session, std::string_view key, std::string const& value);

/// Writes Kea's files; makes the TSIG key and its right to change the school's zone at the first time.
void prepare_dhcp(Session& session);

} // namespace cli
