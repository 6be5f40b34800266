#include "appliance/net/address.h"

#include "appliance/base/text.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace net
{

namespace
{
constexpr std::array<std::uint8_t, 12> v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
}

std::optional<IpAddress> IpAddress::parse(std::string_view text)
{
    std::string const copy(text);
    IpAddress address;
    if (::inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) return address;
    std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes_.begin());
    if (::inet_pton(AF_INET, copy.c_str(), address.bytes_.data() + 12) == 1) return address;
    return std::nullopt;
}

IpAddress IpAddress::from_v4(std::uint32_t host_order)
{
    IpAddress address;
    std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes_.begin());
    for (unsigned i = 0; i < 4; ++i) address.bytes_[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return address;
}

IpAddress IpAddress::from_socket(sockaddr const* address)
{
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return from_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        IpAddress result;
        std::memcpy(result.bytes_.data(), &v6.sin6_addr, 16);
        return result;
    }
    return from_v4(0x7F000001);
}

bool IpAddress::is_v4() const { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes_.begin()); }

IpAddress IpAddress::as_client() const
{
    if (is_v4()) return *this;
    constexpr std::size_t network_bytes = 8;
    auto client = *this;
    std::fill(client.bytes_.begin() + network_bytes, client.bytes_.end(), std::uint8_t{0});
    return client;
}

bool IpAddress::is_loopback() const
{
    if (is_v4()) return bytes_[12] == 127;
    IpAddress one;
    one.bytes_[15] = 1;
    return *this == one;
}

std::string IpAddress::show() const
{
    char text[INET6_ADDRSTRLEN];
    if (is_v4())
        ::inet_ntop(AF_INET, bytes_.data() + 12, text, sizeof text);
    else
        ::inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::optional<Network> Network::parse(std::string_view text)
{
    auto const slash = text.find('/');
    auto const address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    unsigned const base = address->is_v4() ? 96 : 0;
    if (slash == std::string_view::npos) return Network{*address, 128};
    auto const prefix = base::parse_number(text.substr(slash + 1), 128 - base);
    if (!prefix) return std::nullopt;
    return Network{*address, base + static_cast<unsigned>(*prefix)};
}

bool Network::contains(IpAddress const& other) const
{
    for (unsigned bit = 0; bit < prefix; ++bit) {
        unsigned const mask = 0x80U >> (bit % 8);
        if ((address.bytes()[bit / 8] & mask) != (other.bytes()[bit / 8] & mask)) return false;
    }
    return true;
}

std::string Network::show() const
{
    return address.show() + "/" + std::to_string(prefix - (address.is_v4() ? 96U : 0U));
}

bool contains(std::vector<Network> const& networks, IpAddress const& address)
{
    for (auto const& network : networks)
        if (network.contains(address)) return true;
    return false;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text)
{
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    auto const address = IpAddress::parse(host);
    auto const port = base::parse_number(text.substr(colon + 1), 65535);
    if (!address || !port || address->is_v4() == bracketed) return std::nullopt;
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::show() const
{
    auto const host = address.show();
    return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

} // namespace net
