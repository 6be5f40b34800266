#pragma once
// IP addresses and networks as configuration and limits need them. Not for names (dnsd, queue/mx).

#include "appliance/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace net
{

/// An IPv4 or IPv6 address, kept as 16 bytes (IPv4 as ::ffff:a.b.c.d).
class IpAddress
{
public:
    IpAddress() = default; ///< ::
    static std::optional<IpAddress> parse(std::string_view text);
    /// From a socket address of family AF_INET or AF_INET6; anything else (a Unix socket) gives 127.0.0.1.
    static IpAddress from_socket(sockaddr const* address);
    static IpAddress from_v4(std::uint32_t host_order);

    bool is_v4() const;
    bool is_loopback() const;
    /// Who counts as one client: an IPv6 client has a /64 of addresses to himself.
    IpAddress as_client() const;
    std::string show() const;
    std::array<std::uint8_t, 16> const& bytes() const { return bytes_; }
    auto operator<=>(IpAddress const&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// An address with a prefix length ("192.168.10.0/24"; without "/N" the single address).
struct Network {
    IpAddress address;
    unsigned prefix = 128; ///< counted on the 16 bytes: an IPv4 /24 is 120

    static std::optional<Network> parse(std::string_view text);
    bool contains(IpAddress const& other) const;
    std::string show() const;
};

bool contains(std::vector<Network> const& networks, IpAddress const& address);

/// "address:port" or "[v6]:port".
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    static std::optional<Endpoint> parse(std::string_view text);
    std::string show() const;
    auto operator<=>(Endpoint const&) const = default;
};

} // namespace net
