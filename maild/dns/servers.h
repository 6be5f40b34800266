#pragma once
// Which DNS servers are asked: the configuration's, or those of a resolv.conf.

#include "appliance/net/address.h"

#include <string_view>
#include <vector>

namespace maild::dns
{

struct Servers {
    std::vector<net::Endpoint> endpoints;
    bool trust_ad = false; ///< their word that an answer is authentic counts
};

inline constexpr std::uint16_t dns_port = 53;

/// From the configuration: trusted when all are on loopback.
Servers fixed_servers(std::vector<net::Endpoint> endpoints);
/// resolv.conf(5): `nameserver` and `options trust-ad`; without a nameserver 127.0.0.1.
Servers parse_resolv_conf(std::string_view text);

} // namespace maild::dns
