#pragma once
// What the answering threads and the resolver's own thread share: the cache, whether anybody can be asked, numbers;
// and the answers that need nobody.

#include "dnsd/resolve/answer_cache.h"
#include "dnsd/resolve/client_reply.h"
#include "dnsd/resolve/resolver.h"
#include "dnsd/resolve/upstream.h"

#include <atomic>

namespace dnsd::resolve
{

/// Networks as masks, so that a client is found in a few instructions.
class TrustedNetworks
{
public:
    explicit TrustedNetworks(std::vector<net::Network> const& networks);
    bool contains(net::IpAddress const& address) const;

private:
    struct Range {
        std::array<std::uint64_t, 2> mask{};
        std::array<std::uint64_t, 2> bits{};
    };
    std::vector<Range> ranges_;
};

struct Counters {
    std::atomic<std::uint64_t> misses{0}, joined{0}, local{0}, failures{0}, refused{0}, sent{0}, by_tcp{0},
        unanswered{0}, wrong_replies{0}, upstream_microseconds{0}, replies{0};
};
inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1)
{
    counter.fetch_add(by, std::memory_order_relaxed);
}

class ResolverState
{
public:
    explicit ResolverState(ResolverOptions given);
    /// Is told of answers that should be asked for again, before their time is over; from any thread.
    void set_refresh(std::function<void(Query const&, Client const&)> refresh) { refresh_ = std::move(refresh); }

    /// Octets of the reply when nobody must be asked: refusals, local names, the cache, nobody there to ask. 0:
    /// forward it.
    std::size_t answer_known(Query const& query, Client const& client, std::span<char> room);
    /// The cached answer although it is behind its time, of an alias' target too. 0: there is none.
    std::size_t answer_stale(Query const& query, Client const& client, std::span<char> room);
    std::size_t reply(Query const& query, Client const& client, AnswerView const& answer, Age const& age,
                      std::span<char> room) const;
    /// SERVFAIL or REFUSED, as it is with the upstreams.
    std::size_t reply_unreachable(Query const& query, Client const& client, std::span<char> room);

    ResolverOptions const options;
    AnswerCache cache;
    std::atomic<Reach> reach{Reach::nobody};
    Counters counters;

private:
    std::size_t answer_lead(Lead const& lead, Query const& query, Client const& client, std::span<char> room);
    std::size_t answer_alias(Lead const& lead, Query const& query, Client const& client, AnswerCache::Accept accept,
                             std::span<char> room);
    std::size_t answer_cached(Query const& query, Client const& client, AnswerCache::Accept accept,
                              std::span<char> room);

    Age age_of(AnswerCache::Hit const& hit) const;

    TrustedNetworks trusted_;
    std::function<void(Query const&, Client const&)> refresh_;
};

} // namespace dnsd::resolve
