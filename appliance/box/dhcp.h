#pragma once
// The optional DHCP server of the image: Kea's two configurations from what the school knows. Kea hands out the box
// as name server and registers the PCs' names in the school's zone by updates signed with the TSIG key "dhcp"; the
// PTRs follow by themselves (dnsd). And the question whether another DHCP server is there already: two of them harm a
// LAN.

#include "appliance/base/result.h"
#include "appliance/net/address.h"

#include <optional>
#include <string>
#include <string_view>

namespace box
{

struct DhcpPlan {
    std::string interface;
    net::Network network; ///< with the box's own address
    std::string gateway;  ///< empty: none
    std::string domain;
    net::IpAddress first, last; ///< what is handed out
    std::string secret;         ///< of the TSIG key, base64
};

/// `range`: "192.168.10.100 - 192.168.10.200"; empty: the second half of the network but its last eighth. Refused: no
/// IPv4 network, a network of fewer than 16 addresses, a range outside of it or with the box in it.
base::Result<DhcpPlan> plan_dhcp(std::string const& address, std::string const& range);

std::string kea_dhcp4(DhcpPlan const& plan);
std::string kea_ddns(DhcpPlan const& plan);

/// A DHCPDISCOVER (RFC 2131) and the server that an OFFER for it names; nothing for any other octets.
std::string dhcp_discover(std::string_view transaction, std::string_view hardware);
std::optional<net::IpAddress> server_of_offer(std::string_view packet, std::string_view transaction);

/// Asks on the interface and waits 3 s. Needs root; nothing when nobody answers or nobody can be asked.
std::optional<net::IpAddress> other_dhcp_server(std::string const& interface);

} // namespace box
