#pragma once
// SPF (RFC 7208): may this address send for that domain?

#include "maild/auth/dns.h"
#include "maild/auth/verdict.h"

#include <string>
#include <string_view>

namespace maild::auth
{

struct SpfQuery {
    net::IpAddress ip;
    std::string helo;
    std::string sender;   ///< "local@domain"; empty: the null sender
    std::string receiver; ///< our name, for explanations
};

struct SpfResult {
    Verdict verdict = Verdict::none;
    std::string domain;      ///< whose record was asked for
    std::string explanation; ///< the domain's own words for a fail; printable ASCII, may be empty
};

/// check_host() for the sender's domain; the null sender stands for postmaster at the HELO name (2.4).
SpfResult check_spf(SpfQuery const& query, Dns& dns);
/// check_host() for the HELO name (2.3).
SpfResult check_spf_helo(SpfQuery const& query, Dns& dns);

} // namespace maild::auth
