#include "dnsd/resolve/resolver_state.h"

#include "dnsd/resolve/local_names.h"
#include "dnsd/resolve/wire.h"

#include <algorithm>
#include <cstring>

namespace dnsd::resolve
{

namespace
{
std::array<std::uint64_t, 2> words(std::array<std::uint8_t, 16> const& bytes)
{
    std::array<std::uint64_t, 2> result{};
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

/// Types that ask for something else than records of a name.
bool is_meta_type(std::uint16_t type) { return type == type::opt || (type >= type::tkey && type < type::any); }
} // namespace

TrustedNetworks::TrustedNetworks(std::vector<net::Network> const& networks)
{
    for (auto const& network : networks) {
        std::array<std::uint8_t, 16> mask{};
        for (unsigned bit = 0; bit < network.prefix; ++bit)
            mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 0x80U >> (bit % 8));
        Range range{words(mask), words(network.address.bytes())};
        for (std::size_t i = 0; i < 2; ++i) range.bits[i] &= range.mask[i];
        ranges_.push_back(range);
    }
}

bool TrustedNetworks::contains(net::IpAddress const& address) const
{
    auto const bits = words(address.bytes());
    return std::any_of(ranges_.begin(), ranges_.end(), [&](Range const& range) {
        return (bits[0] & range.mask[0]) == range.bits[0] && (bits[1] & range.mask[1]) == range.bits[1];
    });
}

Age ResolverState::age_of(AnswerCache::Hit const& hit) const
{
    Age age{hit.elapsed, std::nullopt};
    if (hit.stale) age.stale_ttl = options.lifetimes.stale_ttl;
    return age;
}

ResolverState::ResolverState(ResolverOptions given)
    : options(std::move(given)), cache(options.cache_bytes), trusted_(options.trusted)
{
}

std::size_t ResolverState::reply(Query const& query, Client const& client, AnswerView const& answer, Age const& age,
                                 std::span<char> room) const
{
    auto const opt = options.make_opt && query.has_edns ? options.make_opt(query, client) : OptReply{};
    return write_reply(query, opt, answer, age, room);
}

std::size_t ResolverState::answer_known(Query const& query, Client const& client, std::span<char> room)
{
    // The answering threads have looked at this already; whoever else calls this must not make us an open resolver.
    if (!query.wants_recursion() || !trusted_.contains(client.address)) {
        count(counters.refused);
        return reply(query, client, make_failure(rcode::refused, ede::prohibited).view(), {}, room);
    }
    if (query.klass != class_in || is_meta_type(query.type))
        return reply(query, client, make_failure(rcode::refused, ede::not_supported).view(), {}, room);
    if (auto const size = answer_cached(query, client, AnswerCache::Accept::fresh, room); size > 0) return size;
    auto const lead = find_lead(options.zones, query);
    if (lead.kind != Lead::Kind::foreign) return answer_lead(lead, query, client, room);
    bool const is_partly_ours = lead.own.rcode != Rcode::refused;
    if (is_partly_ours && reach.load(std::memory_order_relaxed) == Reach::nobody)
        return reply(query, client, own_answer(lead, query).view(), {}, room);
    if (auto const local = answer_local_name(query.name.whole(), query.type)) {
        count(counters.local);
        return reply(query, client, local->view(), {}, room);
    }
    if (reach.load(std::memory_order_relaxed) == Reach::fine) return 0;
    if (auto const size = answer_cached(query, client, AnswerCache::Accept::stale, room); size > 0) return size;
    return reply_unreachable(query, client, room);
}

std::size_t ResolverState::answer_lead(Lead const& lead, Query const& query, Client const& client,
                                       std::span<char> room)
{
    if (lead.kind == Lead::Kind::own) return reply(query, client, own_answer(lead, query).view(), {}, room);
    if (lead.kind == Lead::Kind::referral) return 0;
    if (auto const size = answer_alias(lead, query, client, AnswerCache::Accept::fresh, room); size > 0) return size;
    if (auto const local = answer_local_name(lead.target, query.type))
        return reply(query, client, join_answers(lead, query, local->view(), {}).view(), {}, room);
    auto const now = reach.load(std::memory_order_relaxed);
    if (now == Reach::fine || !lead.servers.empty()) return 0;
    // Nobody resolves: as a server that knows its own zones only.
    if (now == Reach::nobody) return reply(query, client, own_answer(lead, query).view(), {}, room);
    if (auto const size = answer_alias(lead, query, client, AnswerCache::Accept::stale, room); size > 0) return size;
    return reply_unreachable(query, client, room);
}

std::size_t ResolverState::answer_alias(Lead const& lead, Query const& query, Client const& client,
                                        AnswerCache::Accept accept, std::span<char> room)
{
    QuestionKey const bytes(lead.target, query);
    bool refresh = false;
    Answer joined;
    bool const found = cache.find(cache.key(bytes.view()), coarse_now(), accept,
                                  [&](AnswerView const& answer, AnswerCache::Hit const& hit) {
                                      auto const age = age_of(hit);
                                      refresh = hit.refresh;
                                      joined = join_answers(lead, query, answer, age);
                                  });
    if (refresh && refresh_) refresh_(query, client);
    return found ? reply(query, client, joined.view(), {}, room) : 0;
}

std::size_t ResolverState::answer_stale(Query const& query, Client const& client, std::span<char> room)
{
    auto const accept = AnswerCache::Accept::stale;
    if (auto const size = answer_cached(query, client, accept, room); size > 0) return size;
    auto const lead = find_lead(options.zones, query);
    return lead.kind == Lead::Kind::alias ? answer_alias(lead, query, client, accept, room) : 0;
}

std::size_t ResolverState::answer_cached(Query const& query, Client const& client, AnswerCache::Accept accept,
                                         std::span<char> room)
{
    QuestionKey const bytes(query);
    bool refresh = false;
    std::size_t size = 0;
    cache.find(cache.key(bytes.view()), coarse_now(), accept,
               [&](AnswerView const& answer, AnswerCache::Hit const& hit) {
                   auto const age = age_of(hit);
                   refresh = hit.refresh;
                   size = reply(query, client, answer, age, room);
                   if (answer.rcode == rcode::server_failure) count(counters.failures);
               });
    if (refresh && refresh_) refresh_(query, client);
    return size;
}

std::size_t ResolverState::reply_unreachable(Query const& query, Client const& client, std::span<char> room)
{
    auto const why = reach.load(std::memory_order_relaxed);
    if (why == Reach::nobody) { // we resolve for nobody, as long as no forwarder is set
        count(counters.refused);
        return reply(query, client, make_failure(rcode::refused, ede::not_authoritative).view(), {}, room);
    }
    count(counters.failures);
    auto const code = why == Reach::no_way ? ede::network_error : ede::no_reachable_authority;
    return reply(query, client, make_failure(rcode::server_failure, code).view(), {}, room);
}

} // namespace dnsd::resolve
