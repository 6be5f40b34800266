#pragma once
// The network of this computer, where it is ours to set: on the image, not on somebody's Linux machine.

#include "appliance/base/result.h"
#include "setup-tui/steps/step.h"

#include <string>

namespace setup
{

/// The file whose presence says that Kotakpos may set this computer's network. The image has it.
inline constexpr char const* network_is_ours = "/etc/kotakpos/network-is-ours";

/// The image's recursive resolver, asked where the answers name no forwarder.
inline constexpr char const* own_resolver = "127.0.0.1:5335";

/// Whether `apply_network` would change anything here: root, and the mark is there.
bool owns_network();

/// What systemd-networkd gets for the answers (systemd.network(5)): one interface, fixed or DHCP. Empty for
/// `network.method` = keep.
std::string network_file(Draft const& draft);

/// Writes /etc/systemd/network/10-kotakpos.network and has networkd read it. Does nothing where the network is not
/// ours, or is to stay as it is. The old file comes back when networkd refuses the new one.
base::Result<void> apply_network(Draft const& draft);

} // namespace setup
