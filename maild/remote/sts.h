#pragma once
// The MTA-STS policies of other domains (RFC 8461): fetched over HTTPS, kept in the spool database, refreshed in the
// background. What is in one: sts_policy.h.

#include "appliance/base/clock.h"
#include "maild/dns/resolver.h"
#include "maild/limits.h"
#include "maild/remote/sts_policy.h"

#include <functional>
#include <memory>

namespace maild::remote
{

class StsPolicies
{
public:
    virtual ~StsPolicies() = default;
    /// The policy that is in force for the domain (A-labels); nothing: none. Blocks for at most
    /// limits::sts_fetch_wait, and only when the domain announces one that we do not have. Safe from all threads.
    virtual std::optional<StsPolicy> find(std::string const& domain) = 0;
};

/// The text of https://mta-sts.DOMAIN/.well-known/mta-sts.txt, nothing when it cannot be had. Never follows a
/// redirect; the certificate must be good for the name. `wait`: for all of it, however slowly the host talks.
using StsFetch = std::function<std::optional<std::string>(std::string const& domain)>;
StsFetch make_sts_fetch(dns::Resolver& resolver, std::uint16_t port = 443,
                        std::chrono::milliseconds wait = limits::sts_fetch_wait);

/// `database`: the spool's file. All that is given must live longer.
std::unique_ptr<StsPolicies> make_sts_policies(dns::Resolver& resolver, std::string const& database);
std::unique_ptr<StsPolicies> make_sts_policies(dns::Resolver& resolver, std::string const& database, StsFetch fetch,
                                               base::Clock const& clock);

} // namespace maild::remote
