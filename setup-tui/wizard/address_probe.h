#pragma once
// Asks the network whether an address is taken before the box takes it.

#include <string>

namespace setup::wizard
{

/// Whether another device answers for the IPv4 address ("192.168.10.1/24") in the network of `interface` (empty: the
/// one that has the address's network). An address of this computer is not in use by others. Waits at most half a
/// second: an ARP probe (RFC 5227 2.1.1) where this user may send one, else the kernel's own look for a neighbour.
/// When nothing can be sent, false.
bool is_in_use(std::string const& address, std::string const& interface);

} // namespace setup::wizard
