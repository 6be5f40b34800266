#pragma once
// DANE for SMTP (RFC 7672): the TLSA records of a mail server, as far as they may be believed.

#include "appliance/net/tls.h"
#include "maild/dns/resolver.h"

namespace maild::remote
{

struct Dane {
    enum class Kind {
        none,     ///< no DANE there
        unusable, ///< there are records, none of which we can check: encrypted, but anybody
        usable,   ///< `peer` says who it must be
        failed,   ///< nobody could say: this server must not be used now (2.1.1)
    };
    Kind kind = Kind::none;
    net::TlsPeer peer = {};
};

struct MailHost {
    std::string name; ///< for TLS and reports
    net::Endpoint endpoint;
    std::string canonical = {}; ///< at the end of the name's CNAMEs
    bool authenticated = false; ///< name and address came authenticated from DNS: its TLSA records count (2.2)
    Dane dane = {};
};

/// Asks for the records of the server's port. `domain`: the mail domain, another name that a DANE-TA certificate may
/// have (3.2.2).
Dane find_dane(dns::Resolver& resolver, MailHost const& host, std::string const& domain);

/// Usages 2 and 3 with data of the right size; others do not count in SMTP (3.1.3).
bool is_usable(dns::TlsaRecord const& record);

} // namespace maild::remote
