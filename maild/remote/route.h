#pragma once
// How mail for a destination leaves this box: by MX, or by servers that somebody named (a smart host). Not for where
// that is configured (queue/).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maild::remote
{

enum class TlsRule {
    opportunistic, ///< TLS where it works; by MX, DANE and MTA-STS of the destination are kept
    encrypted,     ///< never in clear text; the certificate is not looked at
    verified,      ///< a certificate for the server's name from a CA of this machine
    never,         ///< clear text only (a device in the LAN that cannot do better)
};

enum class TlsStart {
    starttls,
    at_once, ///< implicit TLS (RFC 8314 3.3), usually port 465
};

struct Credentials {
    std::string name;
    std::string password;
};

struct Route {
    std::vector<std::string> hosts = {}; ///< names or addresses ("[192.0.2.1]" too), in order; empty: by MX
    std::uint16_t port = 25;
    TlsRule tls = TlsRule::opportunistic;
    TlsStart start = TlsStart::starttls;
    /// Given only over TLS.
    std::optional<Credentials> credentials = std::nullopt;

    bool is_by_mx() const { return hosts.empty(); }
};

} // namespace maild::remote
