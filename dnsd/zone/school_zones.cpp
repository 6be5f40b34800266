#include "dnsd/zone/school_zones.h"

#include "appliance/base/text.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/soa.h"

namespace dnsd
{

namespace
{
struct Host {
    std::string label;
    std::string address;
};

base::Result<net::IpAddress> host_address(std::string const& label, std::string const& text,
                                          net::IpAddress const& fallback)
{
    if (text.empty()) return fallback;
    // An address may be written with its prefix, as in the answers of setup.
    auto const address = net::IpAddress::parse(std::string_view(text).substr(0, text.find('/')));
    if (!address)
        return base::refused(label + " " + text, "this is not an IP address", "write for example 192.168.10.2");
    return *address;
}

Record address_record(std::string const& owner, net::IpAddress const& address)
{
    return {owner, address.is_v4() ? "A" : "AAAA", default_ttl, address.show()};
}

std::vector<Record> frame(std::string const& zone, std::string const& name_server, std::string const& domain)
{
    return {first_soa(zone, name_server, "hostmaster." + domain), {zone, "NS", default_ttl, name_server}};
}
} // namespace

base::Result<std::vector<ZoneDraft>> make_school_zones(SchoolNetwork const& school)
{
    auto const zone = absolute_name(school.domain, "");
    if (!zone) return zone.error();
    auto const network = net::Network::parse(school.network);
    if (!network)
        return base::refused(school.network, "this is not an address with its prefix",
                             "write for example 192.168.10.1/24");

    ZoneDraft forward{*zone, frame(*zone, "ns." + *zone, *zone)};
    forward.records.push_back({*zone, "MX", default_ttl, "10 mail." + *zone});
    std::vector<Host> const hosts = {{"", school.ns_address},
                                     {"ns.", school.ns_address},
                                     {"www.", school.www_address},
                                     {"mail.", school.mail_address}};
    for (auto const& host : hosts) {
        auto const address = host_address(host.label, host.address, network->address);
        if (!address) return address.error();
        forward.records.push_back(address_record(host.label + *zone, *address));
    }
    if (!school.hostname.empty()) {
        auto const own = absolute_name(school.hostname, school.hostname.find('.') == std::string::npos ? *zone : "");
        if (!own) return own.error();
        bool known = !is_in_zone(*own, *zone);
        for (auto const& record : forward.records) known = known || record.owner == *own;
        if (!known) forward.records.push_back(address_record(*own, network->address));
    }

    std::vector<ZoneDraft> drafts = {std::move(forward)};
    if (auto const reverse = reverse_zone(*network))
        drafts.push_back({*reverse, frame(*reverse, "ns." + *zone, *zone)});
    return drafts;
}

} // namespace dnsd
