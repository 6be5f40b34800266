#pragma once
// What the image's firewall lets in, as nftables text: the ports of services that listen for others, and nothing
// else. Not for a box on somebody's PC: only the image loads it.

#include "appliance/config/config.h"

#include <string>

namespace box
{

/// Services of the machine that are not in kotakpos.conf.
struct Openness {
    bool ssh = false;
    bool dhcp = false;
};

/// A whole ruleset that replaces the one before in one step (`nft -f`).
std::string firewall(config::Config const& config, Openness const& openness);

} // namespace box
