#include "maild/dns/servers.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace maild::dns
{

namespace
{
/// More than glibc asks (MAXNS is 3) would only take longer to fail.
constexpr std::size_t servers_max = 3;

std::vector<std::string_view> words(std::string_view line)
{
    std::vector<std::string_view> found;
    for (std::size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos;) {
        auto const end = std::min(line.find_first_of(" \t\r", at), line.size());
        found.push_back(line.substr(at, end - at));
        at = end;
    }
    return found;
}
} // namespace

Servers fixed_servers(std::vector<net::Endpoint> endpoints)
{
    bool const local = std::all_of(endpoints.begin(), endpoints.end(),
                                   [](auto const& endpoint) { return endpoint.address.is_loopback(); });
    return {std::move(endpoints), local};
}

Servers parse_resolv_conf(std::string_view text)
{
    std::vector<net::Endpoint> endpoints;
    bool trust = false;
    for (auto const line : base::split(text, '\n')) {
        auto const parts = words(line);
        if (parts.size() < 2) continue;
        auto const address = net::IpAddress::parse(parts[1]);
        if (parts[0] == "nameserver" && address && endpoints.size() < servers_max)
            endpoints.push_back({*address, dns_port});
        if (parts[0] == "options") trust = trust || std::count(parts.begin(), parts.end(), "trust-ad") > 0;
    }
    if (endpoints.empty()) endpoints.push_back({net::IpAddress::from_v4(0x7F000001), dns_port});
    auto servers = fixed_servers(std::move(endpoints));
    servers.trust_ad = servers.trust_ad || trust;
    return servers;
}

} // namespace maild::dns
