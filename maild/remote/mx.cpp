#include "maild/remote/mx.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/limits.h"

#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace maild::remote
{

namespace
{
struct FreeInterfaces {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

/// "[192.0.2.1]" or "[IPv6:...]" (RFC 5321 4.1.3).
std::optional<net::IpAddress> parse_literal(std::string_view domain)
{
    if (domain.size() < 3 || domain.front() != '[' || domain.back() != ']') return std::nullopt;
    auto inside = domain.substr(1, domain.size() - 2);
    if (base::lower(inside.substr(0, 5)) == "ipv6:") inside.remove_prefix(5);
    return net::IpAddress::parse(inside);
}

/// Asks the kernel's routing table; sends nothing.
bool has_way_to(net::IpAddress const& address)
{
    if (address.is_v4()) return true; // the usual case: connecting will tell
    base::Fd const socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(25);
    std::memcpy(&to.sin6_addr, address.bytes().data(), address.bytes().size());
    return socket && ::connect(socket.get(), reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0;
}

Destination nowhere(std::string status, std::string reason)
{
    return {Destination::Kind::nowhere, {}, std::move(status), std::move(reason)};
}

Destination later(std::string reason) { return {Destination::Kind::later, {}, "4.4.3", std::move(reason)}; }

class MxLookup final : public DestinationLookup
{
public:
    MxLookup(dns::Resolver& resolver, std::function<bool(net::Endpoint const&)> is_ours,
             std::unique_ptr<StsPolicies> sts)
        : resolver_(resolver), is_ours_(std::move(is_ours)), sts_(std::move(sts))
    {
    }

    Destination find(std::string const& domain, Route const& route) override
    {
        if (!route.is_by_mx()) return by_route(route);
        if (auto const literal = parse_literal(domain)) return from_hosts({{domain, {*literal, route.port}}});
        auto const name = dns::to_dns_name(domain);
        if (name.empty() || domain.front() == '[') return nowhere("5.1.2", "this is not a domain");
        auto destination = by_mx(name, route.port);
        destination.domain = name;
        return destination;
    }

    void find_policies(Destination& destination, Route const& route) override
    {
        bool const has_any = route.is_by_mx() && route.tls == TlsRule::opportunistic && !destination.domain.empty();
        if (destination.policies_known || !has_any) return;
        destination.policies_known = true;
        if (sts_) destination.sts = sts_->find(destination.domain);
        for (auto& host : destination.hosts) host.dane = find_dane(resolver_, host, destination.domain);
    }

private:
    /// The addresses of one server.
    struct Hosts {
        std::vector<MailHost> found;
        bool failed = false; ///< nobody could say
    };

    Destination by_mx(std::string const& domain, std::uint16_t port)
    {
        auto const answer = resolver_.query(domain, dns::Type::mx);
        if (answer.outcome == dns::Outcome::failed) return later(answer.reason);
        if (answer.outcome == dns::Outcome::no_name) return nowhere("5.1.2", "there is no such domain");
        auto const all = dns::mail_exchangers(answer);
        auto records = in_order(all);
        bool const has_mx = answer.outcome == dns::Outcome::found;
        bool const takes_none = all.size() == 1 && all.front().host.empty();
        if (takes_none) return nowhere("5.1.10", "the domain takes no mail"); // RFC 7505
        if (has_mx && records.empty()) return nowhere("5.4.4", "the domain has no mail server");
        if (!has_mx) records.push_back({0, domain}); // the implicit MX
        if (records.size() > limits::hosts_looked_up) records.resize(limits::hosts_looked_up);
        return from_records(records, port, answer.authenticated);
    }

    Destination from_records(std::vector<dns::MailExchanger> const& records, std::uint16_t port, bool authenticated)
    {
        std::vector<MailHost> hosts;
        std::size_t before = 0; // those of a better preference
        bool any_failed = false;
        for (std::size_t i = 0; i < records.size() && hosts.size() < limits::hosts_tried; ++i) {
            if (i > 0 && records[i].preference != records[i - 1].preference) before = hosts.size();
            auto of_host = look_up(records[i].host, port, authenticated);
            any_failed = any_failed || of_host.failed;
            if (has_own(of_host.found)) {
                // RFC 5321 5.1: those as far as we, or farther, would only give it back to us.
                hosts.resize(before);
                return any_failed && hosts.empty()
                           ? later("the DNS resolver could not answer")
                           : from_hosts(std::move(hosts), "5.4.6", "the domain's mail leads back here");
            }
            std::move(of_host.found.begin(), of_host.found.end(), std::back_inserter(hosts));
        }
        if (hosts.empty() && any_failed) return later("the DNS resolver could not answer");
        return from_hosts(std::move(hosts));
    }

    Destination by_route(Route const& route)
    {
        std::vector<MailHost> hosts;
        bool any_failed = false;
        for (auto const& name : route.hosts) {
            auto of_host = look_up(name, route.port, false);
            any_failed = any_failed || of_host.failed;
            std::move(of_host.found.begin(), of_host.found.end(), std::back_inserter(hosts));
        }
        std::erase_if(hosts, [this](auto const& host) { return is_ours_(host.endpoint); });
        // Somebody mistyped it, or it is away for now: the addresses are not to blame.
        if (hosts.empty())
            return {Destination::Kind::later,
                    {},
                    any_failed ? "4.4.3" : "4.4.4",
                    "the mail server that is set for this way cannot be found"};
        return from_hosts(std::move(hosts));
    }

    Hosts look_up(std::string const& host, std::uint16_t port, bool authenticated)
    {
        auto const literal = net::IpAddress::parse(host);
        auto const address = literal ? literal : parse_literal(host);
        if (address) return {{{host, {*address, port}}}};
        Hosts hosts;
        for (auto const type : {dns::Type::aaaa, dns::Type::a}) {
            auto const answer = resolver_.query(host, type);
            hosts.failed = hosts.failed || answer.outcome == dns::Outcome::failed;
            for (auto const& one : dns::addresses(answer))
                hosts.found.push_back({host, {one, port}, answer.name, authenticated && answer.authenticated});
        }
        std::stable_partition(hosts.found.begin(), hosts.found.end(),
                              [](auto const& one) { return has_way_to(one.endpoint.address); });
        if (hosts.found.size() > limits::addresses_per_host) limit_to_both_kinds(hosts.found);
        hosts.failed = hosts.failed && hosts.found.empty();
        return hosts;
    }

    /// The first addresses, with one of each IP version among them.
    static void limit_to_both_kinds(std::vector<MailHost>& found)
    {
        bool const first_is_v4 = found.front().endpoint.address.is_v4();
        auto const other = std::find_if(found.begin() + 1, found.end(),
                                        [&](auto const& one) { return one.endpoint.address.is_v4() != first_is_v4; });
        if (other != found.end()) std::rotate(found.begin() + 1, other, other + 1);
        found.resize(limits::addresses_per_host);
    }

    bool has_own(std::vector<MailHost> const& hosts) const
    {
        return std::any_of(hosts.begin(), hosts.end(), [this](auto const& host) { return is_ours_(host.endpoint); });
    }

    Destination from_hosts(std::vector<MailHost> hosts, char const* status = "5.1.2",
                           char const* reason = "the domain has no mail server")
    {
        if (hosts.size() == 1 && has_own(hosts)) return nowhere("5.4.6", "the domain's mail leads back here");
        if (hosts.empty()) return nowhere(status, reason);
        if (hosts.size() > limits::hosts_tried) hosts.resize(limits::hosts_tried);
        return {Destination::Kind::found, std::move(hosts), {}, {}};
    }

    dns::Resolver& resolver_;
    std::function<bool(net::Endpoint const&)> is_ours_;
    std::unique_ptr<StsPolicies> sts_;
};

std::vector<net::IpAddress> machine_addresses()
{
    ifaddrs* got = nullptr;
    std::vector<net::IpAddress> addresses;
    if (::getifaddrs(&got) != 0) return addresses;
    std::unique_ptr<ifaddrs, FreeInterfaces> const list(got);
    for (auto const* entry = list.get(); entry; entry = entry->ifa_next)
        if (entry->ifa_addr && (entry->ifa_addr->sa_family == AF_INET || entry->ifa_addr->sa_family == AF_INET6))
            addresses.push_back(net::IpAddress::from_socket(entry->ifa_addr));
    return addresses;
}

bool is_any_address(net::IpAddress const& address)
{
    return address == net::IpAddress() || address == net::IpAddress::from_v4(0);
}
} // namespace

std::vector<dns::MailExchanger> in_order(std::vector<dns::MailExchanger> records)
{
    // The null MX beside others says nothing (RFC 7505 3); an address is no host name (RFC 5321 5.1).
    std::erase_if(records,
                  [](auto const& record) { return record.host.empty() || net::IpAddress::parse(record.host); });
    for (std::size_t i = records.size(); i > 1; --i)
        std::swap(records[i - 1], records[static_cast<std::size_t>(base::random_key()) % i]);
    std::stable_sort(records.begin(), records.end(),
                     [](auto const& a, auto const& b) { return a.preference < b.preference; });
    return records;
}

std::unique_ptr<DestinationLookup> make_mx_lookup(dns::Resolver& resolver,
                                                  std::function<bool(net::Endpoint const&)> is_ours,
                                                  std::unique_ptr<StsPolicies> sts)
{
    return std::make_unique<MxLookup>(resolver, std::move(is_ours), std::move(sts));
}

bool is_own_endpoint(net::Endpoint const& endpoint, std::vector<net::Endpoint> const& listening)
{
    auto const own = machine_addresses();
    bool const is_here = endpoint.address.is_loopback() || is_any_address(endpoint.address) ||
                         std::find(own.begin(), own.end(), endpoint.address) != own.end();
    return is_here && std::any_of(listening.begin(), listening.end(), [&](auto const& mine) {
               return mine.port == endpoint.port &&
                      (is_any_address(mine.address) || mine.address == endpoint.address);
           });
}

} // namespace maild::remote
