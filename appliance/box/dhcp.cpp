#include "appliance/box/dhcp.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace box
{

namespace
{
constexpr unsigned smallest_host_bits = 4;
constexpr unsigned v4_bits = 32, all_bits = 128;

std::uint32_t number(net::IpAddress const& address)
{
    auto const bytes = address.bytes();
    std::uint32_t value = 0;
    for (std::size_t i = 12; i < 16; ++i) value = value << 8 | bytes[i];
    return value;
}

bool is_v4(net::IpAddress const& address) { return address.show().find(':') == std::string::npos; }

base::Error no_plan(std::string const& what, std::string why, std::string to_do)
{
    return base::refused(what, std::move(why), std::move(to_do));
}

base::Result<void> set_range(DhcpPlan& plan, std::string const& range, std::uint32_t base, std::uint32_t size)
{
    plan.first = net::IpAddress::from_v4(base + size / 2);
    plan.last = net::IpAddress::from_v4(base + size - size / 8 - 1);
    if (base::trim(range).empty()) return {};
    auto const dash = range.find('-');
    auto const first = net::IpAddress::parse(base::trim(range.substr(0, dash)));
    auto const last = dash == std::string::npos ? first : net::IpAddress::parse(base::trim(range.substr(dash + 1)));
    auto const own = number(plan.network.address);
    bool const fits = first && last && is_v4(*first) && is_v4(*last) && number(*first) > base &&
                      number(*first) <= number(*last) && number(*last) < base + size - 1 &&
                      (own < number(*first) || own > number(*last));
    if (!fits)
        return no_plan(range, "this is no range of addresses in the box's network without the box itself",
                       "write it like 192.168.10.100 - 192.168.10.200");
    plan.first = *first;
    plan.last = *last;
    return {};
}
} // namespace

base::Result<DhcpPlan> plan_dhcp(std::string const& address, std::string const& range)
{
    DhcpPlan plan;
    auto const network = net::Network::parse(address);
    auto const slash = address.find('/');
    auto const own = net::IpAddress::parse(address.substr(0, slash));
    if (!network || !own || !is_v4(*own) || all_bits - network->prefix > v4_bits)
        return no_plan(address, "the box has no fixed IPv4 address", "give it one: 'setup-tui', Network");
    auto const host_bits = all_bits - network->prefix;
    if (host_bits < smallest_host_bits || host_bits > 24)
        return no_plan(address, "this network is too small or too large for a DHCP server",
                       "use a network like 192.168.10.1/24");
    auto const size = std::uint32_t{1} << host_bits;
    auto const base = number(*own) & ~(size - 1);
    plan.network = {*own, network->prefix};
    if (auto set = set_range(plan, range, base, size); !set) return set.error();
    if (base::trim(range).empty() && number(*own) >= number(plan.first) && number(*own) <= number(plan.last)) {
        plan.first = net::IpAddress::from_v4(base + size / 8); // the box sits in the upper half
        plan.last = net::IpAddress::from_v4(base + size / 2 - 1);
    }
    return plan;
}

std::string kea_dhcp4(DhcpPlan const& plan)
{
    auto const own = plan.network.address.show();
    auto const host_bits = all_bits - plan.network.prefix;
    auto const base = net::IpAddress::from_v4(number(plan.network.address) & ~((std::uint32_t{1} << host_bits) - 1));
    auto const quoted = [](std::string const& text) { return base::json_string(text); };
    std::string options = R"({"name": "domain-name-servers", "data": )" + quoted(own) +
                          R"(}, {"name": "domain-name", "data": )" + quoted(plan.domain) + "}";
    if (!plan.gateway.empty()) options += R"(, {"name": "routers", "data": )" + quoted(plan.gateway) + "}";
    return R"({"Dhcp4": {"interfaces-config": {"interfaces": [)" + quoted(plan.interface) +
           R"(]}, "lease-database": {"type": "memfile", "persist": true, "name": "/var/lib/kea/kea-leases4.csv"},)"
           R"( "valid-lifetime": 28800, "renew-timer": 7200, "rebind-timer": 14400, "authoritative": true,)"
           R"( "dhcp-ddns": {"enable-updates": true}, "ddns-send-updates": true, "ddns-qualifying-suffix": )" +
           quoted(plan.domain + ".") +
           R"(, "ddns-override-client-update": true, "ddns-replace-client-name": "when-not-present",)"
           R"( "hostname-char-set": "[^A-Za-z0-9.-]", "hostname-char-replacement": "-",)"
           R"( "subnet4": [{"id": 1, "subnet": )" +
           quoted(base.show() + "/" + std::to_string(v4_bits - host_bits)) + R"(, "pools": [{"pool": )" +
           quoted(plan.first.show() + " - " + plan.last.show()) + R"(}], "option-data": [)" + options +
           R"(]}], "loggers": [{"name": "kea-dhcp4", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}})"
           "\n";
}

std::string kea_ddns(DhcpPlan const& plan)
{
    auto const quoted = [](std::string const& text) { return base::json_string(text); };
    return R"({"DhcpDdns": {"ip-address": "127.0.0.1", "port": 53001, "dns-server-timeout": 5000, "tsig-keys": [{"name": "dhcp", "algorithm":)"
           R"( "HMAC-SHA256", "secret": )" +
           quoted(plan.secret) + R"(}], "forward-ddns": {"ddns-domains": [{"name": )" + quoted(plan.domain + ".") +
           R"(, "key-name": "dhcp", "dns-servers": [{"ip-address": "127.0.0.1", "port": 53}]}]},)"
           R"( "reverse-ddns": {"ddns-domains": []},)"
           R"( "loggers": [{"name": "kea-dhcp-ddns", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}})"
           "\n";
}

} // namespace box
