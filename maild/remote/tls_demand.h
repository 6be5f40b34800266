#pragma once
// What TLS a connection to a server must have, and what it has. Who decides: tls_policy.h.

#include "appliance/net/tls.h"
#include "maild/remote/route.h"

#include <string>

namespace maild::remote
{

/// What a connection has, the better the greater.
enum class Security { clear, encrypted, verified };

struct TlsDemand {
    Security least = Security::clear; ///< below it no mail is given
    bool try_tls = true;              ///< use TLS where the server offers it
    TlsStart start = TlsStart::starttls;
    net::TlsPeer peer = {}; ///< who it must be when `least` is verified
    /// A policy of MTA-STS that only tests: `peer` is tried first, and what fails is told and forgiven (RFC 8461 5).
    bool is_testing = false;
    std::string by = {}; ///< "DANE", "MTA-STS", "REQUIRETLS", "route"; for logs
};

} // namespace maild::remote
