#pragma once
// Whether a stranger's message is what it says: SPF, DKIM, ARC and DMARC (maild/auth) between its last octet and the
// commit, and what follows from it. Never for people who log in.

#include "appliance/base/clock.h"
#include "maild/auth/public_suffix.h"
#include "maild/dns/resolver.h"
#include "maild/queue/spool_body.h"
#include "maild/smtp/reply.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace maild::smtp
{

/// The setting mail.dmarc.
enum class DmarcMode {
    off,     ///< nothing is looked up
    mark,    ///< verdicts only
    enforce, ///< the domain's wish is done: refused, or delivered to Junk
};
DmarcMode parse_dmarc_mode(std::string_view setting);

struct Stranger {
    net::IpAddress peer;
    std::string hello;
    std::string sender; ///< of MAIL; empty: the null sender
    std::string host;   ///< our name: the authserv-id
};

struct Verified {
    std::string results;                         ///< the Authentication-Results field with its CRLF
    bool sender_verified = false;                ///< SPF or an aligned signature speaks for the sender of MAIL
    bool junk = false;                           ///< belongs into Junk
    std::optional<Reply> refusal = std::nullopt; ///< 550 5.7.1
};

/// Safe from all threads. Blocks for auth::limits::whole and one question more at most; with auth::limits::at_once
/// messages in work the next ones get temperror at once.
class Verification
{
public:
    Verification(dns::Resolver& resolver, auth::PublicSuffixes const& suffixes, base::Clock const& clock)
        : resolver_(resolver), suffixes_(suffixes), clock_(clock)
    {
    }

    /// Throws base::StoreError when the body cannot be read.
    Verified run(Stranger const& stranger, queue::SpoolBody& body, DmarcMode mode);

private:
    dns::Resolver& resolver_;
    auth::PublicSuffixes const& suffixes_;
    base::Clock const& clock_;
    std::atomic<unsigned> busy_ = 0;
};

} // namespace maild::smtp
