#include "appliance/box/firewall.h"

#include <set>

namespace box
{

namespace
{
constexpr std::uint16_t ssh_port = 22;

std::string show(std::set<std::uint16_t> const& ports)
{
    std::string text;
    for (auto const port : ports) text += (text.empty() ? "" : ", ") + std::to_string(port);
    return "{ " + text + " }";
}
} // namespace

std::string firewall(config::Config const& config, Openness const& openness)
{
    std::set<std::uint16_t> tcp, udp;
    for (auto const& [service, endpoints] : config.listen)
        for (auto const& endpoint : endpoints) {
            if (endpoint.address.is_loopback()) continue;
            tcp.insert(endpoint.port);
            if (service == "dns") udp.insert(endpoint.port);
        }
    if (openness.ssh) tcp.insert(ssh_port);
    std::string text =
        "flush ruleset\n"
        "table inet kotakpos {\n"
        "    chain input {\n"
        "        type filter hook input priority filter; policy drop;\n"
        "        iif lo accept\n"
        "        ct state established,related accept\n"
        "        icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } "
        "limit rate 50/second accept\n"
        "        icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, "
        "parameter-problem, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\n"
        "        udp sport 67 udp dport 68 accept\n";
    if (!udp.empty()) text += "        udp dport " + show(udp) + " accept\n";
    if (!tcp.empty()) text += "        tcp dport " + show(tcp) + " accept\n";
    if (openness.dhcp) text += "        udp dport 67 accept\n";
    return text + "    }\n"
                  "    chain forward {\n"
                  "        type filter hook forward priority filter; policy drop;\n"
                  "    }\n"
                  "}\n";
}

} // namespace box
