#include "dnsd/zone/reverse.h"

#include "appliance/base/text.h"
#include "dnsd/zone/name.h"

#include <algorithm>
#include <vector>

namespace dnsd
{

namespace
{
constexpr std::string_view nibbles = "0123456789abcdef";
constexpr unsigned v4_offset = 96; ///< Network counts IPv4 prefixes on 16 bytes

/// Labels of the address from the end to the front, `count` of them left out at the host's side.
std::string reverse_labels(net::IpAddress const& address, unsigned kept)
{
    std::string text;
    if (address.is_v4()) {
        for (unsigned i = kept; i > 0; --i) text += std::to_string(address.bytes()[11 + i]) + ".";
        return text + "in-addr.arpa.";
    }
    for (unsigned i = kept; i > 0; --i) {
        unsigned const byte = address.bytes()[(i - 1) / 2];
        text += nibbles[i % 2 == 0 ? byte & 15U : byte >> 4U];
        text += '.';
    }
    return text + "ip6.arpa.";
}

void add_label(std::string& name, std::string_view label)
{
    name += static_cast<char>(label.size());
    name += label;
}

/// Labels from the root's side.
std::optional<AddressRange> v4_range(std::vector<std::string_view> const& labels)
{
    AddressRange range{std::string(4, '\0'), std::string(4, '\xFF')};
    for (std::size_t i = 0; i < labels.size(); ++i) {
        auto const octet = base::parse_number(labels[i], 255);
        if (!octet || (labels[i].size() > 1 && labels[i][0] == '0')) return std::nullopt;
        range.first[i] = range.last[i] = static_cast<char>(*octet);
    }
    return range;
}

std::optional<AddressRange> v6_range(std::vector<std::string_view> const& labels)
{
    AddressRange range{std::string(16, '\0'), std::string(16, '\xFF')};
    auto const put = [](char& byte, std::size_t value, bool high) {
        auto const old = static_cast<unsigned char>(byte);
        byte = static_cast<char>(high ? (old & 0x0FU) | value << 4U : (old & 0xF0U) | value);
    };
    for (std::size_t i = 0; i < labels.size(); ++i) {
        auto const value = labels[i].size() == 1 ? nibbles.find(labels[i][0]) : std::string_view::npos;
        if (value == std::string_view::npos) return std::nullopt;
        put(range.first[i / 2], value, i % 2 == 0);
        put(range.last[i / 2], value, i % 2 == 0);
    }
    return range;
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

std::string reverse_wire_name(std::string_view address)
{
    std::string name;
    if (address.size() == 4) {
        for (std::size_t i = 4; i-- > 0;) add_label(name, std::to_string(byte_at(address, i)));
        return name + must_wire_name("in-addr.arpa.");
    }
    for (std::size_t i = address.size(); i-- > 0;) {
        add_label(name, std::string(1, nibbles[byte_at(address, i) & 15U]));
        add_label(name, std::string(1, nibbles[byte_at(address, i) >> 4U]));
    }
    return name + must_wire_name("ip6.arpa.");
}

std::optional<AddressRange> addresses_below(std::string_view name)
{
    static std::string const v4 = must_wire_name("in-addr.arpa.");
    static std::string const v6 = must_wire_name("ip6.arpa.");
    bool const is_v4 = is_below_or_same(name, v4);
    if (!is_v4 && !is_below_or_same(name, v6)) return std::nullopt;
    // From the end of the address to its front, because that is how the labels come.
    std::vector<std::string_view> labels;
    for (; name.size() > (is_v4 ? v4 : v6).size(); name = parent(name))
        labels.push_back(name.substr(1, byte_at(name, 0)));
    if (labels.size() > (is_v4 ? 4U : 32U)) return std::nullopt;
    std::reverse(labels.begin(), labels.end());
    return is_v4 ? v4_range(labels) : v6_range(labels);
}

} // namespace dnsd
