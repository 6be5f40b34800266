#pragma once
// The school's own certificate authority and the server certificate that it issues. Not for connections (net/tls.h).
//
// Below the state folder: ca.crt (given to everybody), tls/ca.key (root only), tls/server.crt (server and CA),
// tls/server.key (group kotakpos; the supervisor sets the owners when it starts).

#include "appliance/base/clock.h"
#include "appliance/base/result.h"

#include <string>
#include <vector>

namespace tls
{

/// Whom the server certificate is for.
struct Identity {
    std::string school_name; ///< the CA's name is "SCHOOL_NAME CA"; empty: the domain
    std::string domain;      ///< gives DOMAIN, mail., www., ns., imap., smtp., pop3., autoconfig., autodiscover.,
                             ///< mta-sts.
    std::string hostname;    ///< added when it is another name; may be empty
    std::vector<std::string> addresses; ///< "192.168.10.1", with or without "/24"
    bool loopback = false;              ///< also localhost, 127.0.0.1 and ::1 (practice schools)
};

/// Makes what is missing: the CA (EC P-256, 10 years) and the server certificate (EC P-256, 800 days). A server
/// certificate that lacks a name of the identity, or ends within 30 days, is issued anew by the same CA. `state`: the
/// state folder.
base::Result<void> prepare(std::string const& state, Identity const& identity,
                           base::Clock const& clock = base::system_clock());

/// A new server key and certificate from the CA that is there, whatever the old one says.
base::Result<void> issue(std::string const& state, Identity const& identity,
                         base::Clock const& clock = base::system_clock());

struct Certificate {
    std::string subject;            ///< common name
    std::string issuer;             ///< common name
    std::vector<std::string> names; ///< DNS names, then addresses, as in the certificate
    base::Timestamp not_before = 0;
    base::Timestamp not_after = 0;
};

/// The first certificate of a PEM file.
base::Result<Certificate> describe(std::string const& file);
/// Whether the first certificate of `file` was issued by the first one of `ca_file`.
bool is_issued_by(std::string const& file, std::string const& ca_file);

} // namespace tls
