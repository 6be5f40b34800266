#pragma once
// The servers that take mail for a domain, in the order in which they are to be tried (RFC 5321 section 5, RFC 7505).

#include "maild/dns/resolver.h"
#include "maild/remote/dane.h"
#include "maild/remote/route.h"
#include "maild/remote/sts.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace maild::remote
{

struct Destination {
    enum class Kind {
        found,   ///< `hosts`, at least one
        nowhere, ///< no mail is taken there: gives up (status 5...)
        later,   ///< nobody can say now (status 4...)
    };
    Kind kind = Kind::later;
    std::vector<MailHost> hosts;
    std::string status;
    std::string reason;
    std::optional<StsPolicy> sts = std::nullopt;
    std::string domain = {};     ///< as DNS has it; empty: an address literal
    bool policies_known = false; ///< `sts`, and the hosts' `dane`
};

/// Finds the servers of a domain. Safe from all threads; blocks for some seconds at most.
class DestinationLookup
{
public:
    virtual ~DestinationLookup() = default;
    virtual Destination find(std::string const& domain, Route const& route) = 0;
    /// Adds what the destination demands of TLS (DANE, MTA-STS), once, where the route leaves it to it. Apart, for a
    /// message that does not care need not wait for it.
    virtual void find_policies(Destination& /*destination*/, Route const& /*route*/) {}
};

/// By DNS. `is_ours`: endpoints at which this very program listens: mail for them would come straight back. `sts`:
/// null: no MTA-STS.
std::unique_ptr<DestinationLookup> make_mx_lookup(dns::Resolver& resolver,
                                                  std::function<bool(net::Endpoint const&)> is_ours,
                                                  std::unique_ptr<StsPolicies> sts = nullptr);

/// Whether the endpoint belongs to an address of this machine (or a loopback one) on one of the listening endpoints.
bool is_own_endpoint(net::Endpoint const& endpoint, std::vector<net::Endpoint> const& listening);

// --- the order of RFC 5321 5.1, apart from the network for its tests ---
/// Sorted by preference, equal ones in random order. A null MX alone gives nothing.
std::vector<dns::MailExchanger> in_order(std::vector<dns::MailExchanger> records);

} // namespace maild::remote
