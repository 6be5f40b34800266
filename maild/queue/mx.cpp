#include "maild/queue/mx.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "dnsd/zone/ldns_ptr.h"
#include "maild/limits.h"

#include <algorithm>
#include <idn2.h>
#include <ifaddrs.h>
#include <optional>
#include <sys/time.h>

namespace maild::queue
{

namespace
{
struct FreeResolver {
    void operator()(ldns_resolver* resolver) const { ldns_resolver_deep_free(resolver); }
};
struct FreePacket {
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
struct FreeList {
    void operator()(ldns_rr_list* list) const { ldns_rr_list_deep_free(list); }
};
struct FreeInterfaces {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};
using Resolver = std::unique_ptr<ldns_resolver, FreeResolver>;
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;
using RecordList = std::unique_ptr<ldns_rr_list, FreeList>;

constexpr std::uint16_t smtp_port = 25;
constexpr time_t answer_wait_seconds = 4;
constexpr std::uint8_t tries = 2;

/// The answer could not be had; says nothing about the domain.
struct LookupFailure {
    std::string reason;
};
enum class Existence { exists, missing };

/// DNS questions of one lookup. ldns resolvers are not for several threads: each lookup has its own.
class Questions
{
public:
    Questions()
    {
        ldns_resolver* made = nullptr;
        if (ldns_resolver_new_frm_file(&made, nullptr) != LDNS_STATUS_OK)
            throw LookupFailure{"/etc/resolv.conf names no resolver"};
        resolver_.reset(made);
        ldns_resolver_set_timeout(made, timeval{answer_wait_seconds, 0});
        ldns_resolver_set_retry(made, tries);
        ldns_resolver_set_recursive(made, true);
    }

    /// The records of that type; none when there are none or the name is missing (`existence` tells).
    RecordList ask(std::string const& name, ldns_rr_type type, Existence& existence)
    {
        dnsd::LdnsData const question(ldns_dname_new_frm_str(name.c_str()));
        existence = Existence::missing;
        if (!question) return nullptr;
        ldns_pkt* got = nullptr;
        auto const status =
            ldns_resolver_query_status(&got, resolver_.get(), question.get(), type, LDNS_RR_CLASS_IN, LDNS_RD);
        Packet const packet(got);
        if (status != LDNS_STATUS_OK || !packet) throw LookupFailure{"no answer from the DNS resolver"};
        auto const code = ldns_pkt_get_rcode(packet.get());
        if (code == LDNS_RCODE_NXDOMAIN) return nullptr;
        if (code != LDNS_RCODE_NOERROR) throw LookupFailure{"the DNS resolver could not answer"};
        existence = Existence::exists;
        return RecordList(ldns_pkt_rr_list_by_type(packet.get(), type, LDNS_SECTION_ANSWER));
    }

    std::vector<MxRecord> mail_exchangers(std::string const& domain, Existence& existence)
    {
        auto const list = ask(domain, LDNS_RR_TYPE_MX, existence);
        std::vector<MxRecord> records;
        for (std::size_t i = 0; list && i < ldns_rr_list_rr_count(list.get()); ++i) {
            auto const* record = ldns_rr_list_rr(list.get(), i);
            if (ldns_rr_rd_count(record) != 2) continue;
            dnsd::LdnsText const text(ldns_rdf2str(ldns_rr_rdf(record, 1)));
            std::string host = text ? text.get() : "";
            if (host.ends_with('.')) host.pop_back();
            records.push_back({ldns_rdf2native_int16(ldns_rr_rdf(record, 0)), base::lower(host)});
        }
        return records;
    }

    std::vector<net::IpAddress> addresses(std::string const& host, Existence& existence)
    {
        std::vector<net::IpAddress> found;
        auto also = Existence::missing;
        for (auto const type : {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA}) {
            auto const list = ask(host, type, existence);
            if (existence == Existence::exists) also = Existence::exists;
            for (std::size_t i = 0; list && i < ldns_rr_list_rr_count(list.get()); ++i) {
                auto const* record = ldns_rr_list_rr(list.get(), i);
                if (ldns_rr_rd_count(record) != 1) continue;
                dnsd::LdnsText const text(ldns_rdf2str(ldns_rr_rdf(record, 0)));
                if (auto const address = net::IpAddress::parse(text ? text.get() : "")) found.push_back(*address);
            }
        }
        existence = also;
        return found;
    }

private:
    Resolver resolver_;
};

/// "[192.0.2.1]" or "[IPv6:...]" (RFC 5321 4.1.3).
std::optional<net::IpAddress> parse_literal(std::string_view domain)
{
    if (domain.size() < 3 || domain.front() != '[' || domain.back() != ']') return std::nullopt;
    auto inside = domain.substr(1, domain.size() - 2);
    if (base::lower(inside.substr(0, 5)) == "ipv6:") inside.remove_prefix(5);
    return net::IpAddress::parse(inside);
}

/// A domain in UTF-8 as DNS has it (RFC 5891); nothing when it cannot be one.
std::optional<std::string> to_dns_name(std::string const& domain)
{
    if (base::is_ascii(domain)) return domain;
    char* made = nullptr;
    if (idn2_to_ascii_8z(domain.c_str(), &made, IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
    dnsd::LdnsText const owned(made);
    return std::string(made);
}

Destination nowhere(std::string status, std::string reason)
{
    return {Destination::Kind::nowhere, {}, std::move(status), std::move(reason)};
}

class MxLookup final : public DestinationLookup
{
public:
    explicit MxLookup(std::function<bool(net::Endpoint const&)> is_ours) : is_ours_(std::move(is_ours)) {}

    Destination find(std::string const& domain) override
    {
        if (auto const literal = parse_literal(domain)) return from_hosts({{domain, {*literal, smtp_port}}});
        auto const name = to_dns_name(domain);
        if (!name) return nowhere("5.1.2", "this is not a domain");
        try {
            Questions questions;
            return ask(questions, *name);
        } catch (LookupFailure const& failure) { // the network's fault, not the address's
            return {Destination::Kind::later, {}, "4.4.3", failure.reason};
        }
    }

private:
    Destination ask(Questions& questions, std::string const& domain)
    {
        auto existence = Existence::missing;
        auto const all = questions.mail_exchangers(domain, existence);
        if (existence == Existence::missing) return nowhere("5.1.2", "there is no such domain");
        auto records = in_order(all);
        if (!all.empty() && records.empty()) return nowhere("5.1.10", "the domain takes no mail"); // RFC 7505
        if (records.empty()) records.push_back({0, domain});                                       // the implicit MX
        std::vector<MailHost> hosts;
        for (auto const& record : records)
            for (auto const& address : questions.addresses(record.host, existence)) {
                net::Endpoint const endpoint{address, smtp_port};
                // RFC 5321 5.1: we are one of the servers: those less preferred would only give it back to us.
                if (is_ours_(endpoint))
                    return from_hosts(std::move(hosts), "5.4.6", "the domain's mail leads back here");
                if (hosts.size() < limits::hosts_tried) hosts.push_back({record.host, endpoint});
            }
        return from_hosts(std::move(hosts));
    }

    Destination from_hosts(std::vector<MailHost> hosts, char const* status = "5.1.2",
                           char const* reason = "the domain has no mail server")
    {
        std::erase_if(hosts, [this](auto const& host) { return is_ours_(host.endpoint); });
        if (hosts.empty()) return nowhere(status, reason);
        return {Destination::Kind::found, std::move(hosts), {}, {}};
    }

    std::function<bool(net::Endpoint const&)> is_ours_;
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

std::vector<MxRecord> in_order(std::vector<MxRecord> records)
{
    std::erase_if(records, [](auto const& record) { return record.host.empty(); });
    for (std::size_t i = records.size(); i > 1; --i)
        std::swap(records[i - 1], records[static_cast<std::size_t>(base::random_key()) % i]);
    std::stable_sort(records.begin(), records.end(),
                     [](auto const& a, auto const& b) { return a.preference < b.preference; });
    return records;
}

std::unique_ptr<DestinationLookup> make_mx_lookup(std::function<bool(net::Endpoint const&)> is_ours)
{
    return std::make_unique<MxLookup>(std::move(is_ours));
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

} // namespace maild::queue
