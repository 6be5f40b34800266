#pragma once
// What TLS one message needs on its way to one server: DANE before MTA-STS before what the route says, and what the
// message itself asks (REQUIRETLS, TLS-Required; RFC 8689). No network: mx.h has found everything before.

#include "maild/remote/mx.h"
#include "maild/remote/tls_demand.h"

#include <string_view>

namespace maild::remote
{

/// What the sender asks for this message.
enum class TlsWish {
    usual,
    required, ///< REQUIRETLS
    optional, ///< "TLS-Required: no": delivery counts more than the policies of the destination
};
/// From the envelope and the header; RFC 8689 5: REQUIRETLS takes precedence.
TlsWish tls_wish(bool require_tls, std::string_view header);

struct TlsDecision {
    TlsDemand demand = {};
    std::string status = {};   ///< with an obstacle: "4..." another server or time may do, "5..." never
    std::string obstacle = {}; ///< why this server must not have the message, for people; empty: go on
    std::string warning = {};  ///< what a policy that only tests would have stopped; for logs
};
TlsDecision decide_tls(Route const& route, Destination const& destination, MailHost const& host, TlsWish wish);

} // namespace maild::remote
