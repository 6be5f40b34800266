#include "dnsd/zone/reverse.h"

#include "appliance/base/text.h"

#include <tuple>

namespace dnsd
{

namespace
{
constexpr unsigned v4_offset = 96; ///< Network counts IPv4 prefixes on 16 bytes

/// The last word of the data: where MX, NS and SRV point to.
std::string last_word(std::string const& rdata)
{
    auto const space = rdata.rfind(' ');
    return space == std::string::npos ? rdata : rdata.substr(space + 1);
}

/// Labels of the address from the end to the front, `count` of them left out at the host's side.
std::string reverse_labels(net::IpAddress const& address, unsigned kept)
{
    std::string text;
    if (address.is_v4()) {
        for (unsigned i = kept; i > 0; --i) text += std::to_string(address.bytes()[11 + i]) + ".";
        return text + "in-addr.arpa.";
    }
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned i = kept; i > 0; --i) {
        unsigned const byte = address.bytes()[(i - 1) / 2];
        text += digits[i % 2 == 0 ? byte & 15U : byte >> 4U];
        text += '.';
    }
    return text + "ip6.arpa.";
}
} // namespace

std::string reverse_name(net::IpAddress const& address) { return reverse_labels(address, address.is_v4() ? 4 : 32); }

std::optional<std::string> reverse_zone(net::Network const& network)
{
    if (network.address.is_v4()) {
        if (network.prefix < v4_offset + 8) return std::nullopt;
        return reverse_labels(network.address, std::min((network.prefix - v4_offset) / 8, 3U));
    }
    if (network.prefix < 8) return std::nullopt;
    return reverse_labels(network.address, std::min(network.prefix / 4, 31U));
}

void PointerSource::add_zone(std::string_view zone, std::vector<Record> const& records)
{
    std::set<std::string> mail_servers;
    std::set<std::string> name_servers;
    for (auto const& record : records) {
        if (record.type == "MX") mail_servers.insert(last_word(record.rdata));
        if (record.type == "NS") name_servers.insert(last_word(record.rdata));
    }
    auto const rank = [&](std::string const& name) {
        if (name == zone) return 3;
        if (mail_servers.count(name) > 0) return 0;
        return name_servers.count(name) > 0 ? 1 : 2;
    };
    for (auto const& record : records) {
        if ((record.type != "A" && record.type != "AAAA") || is_wildcard(record.owner)) continue;
        auto const address = net::IpAddress::parse(record.rdata);
        if (!address) continue;
        Candidate const candidate{rank(record.owner), record.owner, record.ttl};
        auto const [place, is_new] = best_.try_emplace(reverse_name(*address), candidate);
        auto& best = place->second;
        if (!is_new && std::tie(candidate.rank, candidate.name) < std::tie(best.rank, best.name)) best = candidate;
    }
}

std::vector<Record> PointerSource::pointers(std::string_view zone, std::vector<Record> const& own) const
{
    std::set<std::string_view> taken;
    for (auto const& record : own) taken.insert(record.owner);
    std::vector<Record> pointers;
    for (auto const& [name, target] : best_)
        if (is_in_zone(name, zone) && taken.count(name) == 0)
            pointers.push_back({name, "PTR", target.ttl, target.name, true});
    return pointers;
}

} // namespace dnsd
