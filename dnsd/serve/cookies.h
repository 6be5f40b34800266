#pragma once
// Server cookies (RFC 7873, in the format of RFC 9018): who shows one has received an answer of ours at his address
// before. Never required.

#include "appliance/net/address.h"
#include "dnsd/serve/siphash.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace dnsd
{

inline constexpr std::size_t server_cookie_size = 16;
using ServerCookie = std::array<char, server_cookie_size>;

/// RFC 9018 4: version 1, no reserved bits, `time` in seconds, hash over all of it.
ServerCookie make_server_cookie(SipKey const& secret, std::string_view client_cookie, net::IpAddress const& client,
                                std::uint32_t time);

/// The secrets, made by chance when the server starts and again every day; cookies from the one before stay good.
/// Safe from all threads, without a lock.
class Cookies
{
public:
    /// `now`: seconds, as in all functions here.
    explicit Cookies(std::uint32_t now);
    /// With a known secret (RFC 9018's examples).
    Cookies(SipKey const& secret, std::uint32_t now);

    struct Checked {
        bool good = false; ///< ours, for this client, not too old
        ServerCookie reply;
    };
    /// Looks at what the client showed (empty: nothing yet) and gives what it shall show next time: the same while it
    /// is fresh.
    Checked check(std::string_view client_cookie, std::string_view server_cookie, net::IpAddress const& client,
                  std::uint32_t now);
    /// A new secret from now on.
    void roll(SipKey const& secret);

private:
    bool is_ours(std::string_view client_cookie, std::string_view server_cookie, net::IpAddress const& client,
                 std::uint32_t now) const;
    SipKey secret(std::uint32_t generation) const;
    void roll_daily(std::uint32_t now);

    /// More than the two in use: whoever reads one is done long before it is overwritten.
    static constexpr std::uint32_t kept = 4;
    std::array<std::array<std::atomic<std::uint64_t>, 2>, kept> secrets_{};
    std::atomic<std::uint32_t> generation_{0};
    std::atomic<std::uint32_t> next_roll_;
};

} // namespace dnsd
