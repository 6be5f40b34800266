#pragma once
// Questions to DNS for everything in mail: MX, addresses, TLSA, TXT. A stub that asks the resolvers of this machine;
// not one that follows delegations or validates itself.

#include "maild/dns/answer.h"

#include <memory>
#include <string>
#include <vector>

namespace maild::dns
{

class Resolver
{
public:
    virtual ~Resolver() = default;
    /// `name` in UTF-8 or as DNS has it, absolute in any case. Blocks for at most limits::dns_wait; never throws for
    /// the network or for what it sends. Answers are kept as long as their TTL says. Safe from all threads.
    virtual Answer query(std::string const& name, Type type) = 0;
};

/// Asks the servers in turn; empty: those of /etc/resolv.conf, looked at again when it changes. Their AD bit counts
/// when all of them are on loopback, or when resolv.conf says `options trust-ad`.
std::unique_ptr<Resolver> make_resolver(std::vector<net::Endpoint> servers);

} // namespace maild::dns
