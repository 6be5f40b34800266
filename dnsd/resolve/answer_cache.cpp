#include "dnsd/resolve/answer_cache.h"

#include "dnsd/resolve/randomness.h"

#include <algorithm>
#include <cstring>

namespace dnsd::resolve
{

namespace
{
/// What malloc and the tables add to each entry.
constexpr std::size_t entry_overhead = 16 + 48 + 8;
constexpr std::size_t first_buckets = 64;
/// Of a part's memory, for answers that were asked for again.
constexpr std::size_t proven_share_percent = 75;
/// One answer must not displace a large share of the others.
constexpr std::size_t largest_share = 4;

std::uint64_t mix(std::uint64_t a, std::uint64_t b)
{
    __extension__ using Wide = unsigned __int128;
    auto const product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}
} // namespace

AnswerCache::AnswerCache(std::size_t limit_bytes)
{
    Randomness randomness;
    for (auto& word : secret_) word = randomness.number64();
    for (auto& part : parts_) part.limit = limit_bytes / part_count;
}

std::uint64_t AnswerCache::hash(std::string_view bytes) const
{
    std::uint64_t state = secret_[0] ^ bytes.size();
    while (!bytes.empty()) {
        std::uint64_t word = 0;
        auto const size = std::min(bytes.size(), sizeof word);
        std::memcpy(&word, bytes.data(), size);
        state = mix(state ^ word, secret_[1] | 1U);
        bytes.remove_prefix(size);
    }
    return mix(state, secret_[0] | 1U);
}

AnswerCache::Head AnswerCache::read_head(Slot const& slot)
{
    Head head;
    std::memcpy(&head, slot.bytes.get(), sizeof head);
    return head;
}

AnswerView AnswerCache::view(Slot const& slot, Head const& head)
{
    AnswerView view;
    view.rcode = head.rcode;
    view.authentic = head.authentic;
    view.answers = head.answers;
    view.authorities = head.authorities;
    view.additionals = head.additionals;
    char const* const body = slot.bytes.get() + sizeof head + head.key_size;
    view.body = {body, head.body_size};
    view.needed = head.needed;
    view.ttl_places = {body + head.body_size, head.places_size};
    if (head.has_ede) view.ede = head.ede;
    return view;
}

void AnswerCache::put(CacheKey const& key, Seconds now, AnswerView const& answer, Seconds lifetime, Seconds stale)
{
    Head head;
    auto const size = sizeof head + key.bytes.size() + answer.body.size() + answer.ttl_places.size();
    auto& part = part_of(key);
    if (lifetime == 0 || size + entry_overhead > part.limit / largest_share) return;
    head.inserted = now;
    head.expires = now + lifetime;
    head.gone = head.expires + stale;
    head.key_size = static_cast<std::uint16_t>(key.bytes.size());
    head.body_size = static_cast<std::uint16_t>(answer.body.size());
    head.needed = static_cast<std::uint16_t>(answer.needed);
    head.places_size = static_cast<std::uint16_t>(answer.ttl_places.size());
    head.answers = answer.answers;
    head.authorities = answer.authorities;
    head.additionals = answer.additionals;
    head.ede = answer.ede.value_or(0);
    head.has_ede = answer.ede.has_value();
    head.authentic = answer.authentic;
    head.rcode = static_cast<std::uint8_t>(answer.rcode);

    std::unique_ptr<char[]> bytes(new char[size]);
    auto* at = bytes.get();
    std::memcpy(at, &head, sizeof head);
    at += sizeof head;
    for (auto const piece : {key.bytes, answer.body, answer.ttl_places})
        at = std::copy(piece.begin(), piece.end(), at);
    std::lock_guard const lock(part.mutex);
    part.insert(key, std::move(bytes), static_cast<std::uint32_t>(size));
}

void AnswerCache::postpone(CacheKey const& key, Seconds now, Seconds retry_at)
{
    auto& part = part_of(key);
    std::lock_guard const lock(part.mutex);
    if (auto const slot = part.find(key, now); slot != none) part.slots[slot].retry_at = retry_at;
}

void AnswerCache::clear()
{
    for (auto& part : parts_) {
        std::lock_guard const lock(part.mutex);
        part.slots = std::vector<Slot>();
        part.buckets = std::vector<Index>();
        part.unused = none;
        part.count = 0;
        part.probation = part.proven = {};
    }
}

CacheNumbers AnswerCache::numbers() const
{
    CacheNumbers sum;
    for (auto const& part : parts_) {
        std::lock_guard const lock(part.mutex);
        sum.hits += part.hits;
        sum.stale_hits += part.stale_hits;
        sum.evicted += part.evicted;
        sum.answers += part.count;
        sum.bytes += part.probation.bytes + part.proven.bytes;
    }
    return sum;
}

// --- one part
// ----------------------------------------------------------------------------------------------------------

/// Also forgets the entry when it is too old to be of any use.
AnswerCache::Index AnswerCache::Part::find(CacheKey const& key, Seconds now)
{
    if (buckets.empty()) return none;
    auto const hash = static_cast<std::uint32_t>(key.hash);
    for (auto index = buckets[hash & (buckets.size() - 1)]; index != none; index = slots[index].next) {
        auto const& slot = slots[index];
        if (slot.hash != hash) continue;
        auto const head = read_head(slot);
        if (key.bytes != std::string_view(slot.bytes.get() + sizeof head, head.key_size)) continue;
        if (now < head.gone) return index;
        erase(index);
        return none;
    }
    return none;
}

/// Asked for again: from probation to the proven ones, whose oldest goes back on probation when they are too many.
void AnswerCache::Part::use(Index index)
{
    if (proven.newest == index) return;
    unlink(index);
    link(index, List::proven);
    while (proven.bytes > limit / 100 * proven_share_percent && proven.oldest != index) {
        auto const oldest = proven.oldest;
        unlink(oldest);
        link(oldest, List::probation);
    }
}

void AnswerCache::Part::insert(CacheKey const& key, std::unique_ptr<char[]> bytes, std::uint32_t size)
{
    auto list = List::probation;
    if (auto const old = find(key, 0); old != none) { // refreshed: it keeps its standing
        list = slots[old].list;
        erase(old);
    }
    make_room(size + entry_overhead);
    if (count >= buckets.size()) grow();
    auto index = unused;
    if (index == none) {
        index = static_cast<Index>(slots.size());
        slots.emplace_back();
    } else {
        unused = slots[index].next;
    }
    auto& slot = slots[index];
    slot.bytes = std::move(bytes);
    slot.size = size;
    slot.hash = static_cast<std::uint32_t>(key.hash);
    slot.retry_at = 0;
    slot.refreshing = false;
    auto& bucket = buckets[slot.hash & (buckets.size() - 1)];
    slot.next = bucket;
    bucket = index;
    ++count;
    link(index, list);
}

void AnswerCache::Part::erase(Index index)
{
    auto& slot = slots[index];
    auto* link_to = &buckets[slot.hash & (buckets.size() - 1)];
    while (*link_to != index) link_to = &slots[*link_to].next;
    *link_to = slot.next;
    unlink(index);
    slot.bytes.reset();
    slot.list = List::unused;
    slot.next = unused;
    unused = index;
    --count;
}

void AnswerCache::Part::make_room(std::size_t for_bytes)
{
    while (count > 0 && probation.bytes + proven.bytes + for_bytes > limit) {
        erase(probation.oldest != none ? probation.oldest : proven.oldest);
        ++evicted;
    }
}

void AnswerCache::Part::grow()
{
    std::vector<Index> larger(std::max(first_buckets, buckets.size() * 2), none);
    for (Index index = 0; index < slots.size(); ++index) {
        auto& slot = slots[index];
        if (slot.list == List::unused) continue;
        auto& bucket = larger[slot.hash & (larger.size() - 1)];
        slot.next = bucket;
        bucket = index;
    }
    buckets = std::move(larger);
}

void AnswerCache::Part::link(Index index, List list)
{
    auto& slot = slots[index];
    auto& to = queue(list);
    slot.list = list;
    slot.older = to.newest;
    slot.newer = none;
    if (to.newest != none) slots[to.newest].newer = index;
    to.newest = index;
    if (to.oldest == none) to.oldest = index;
    to.bytes += slot.size + entry_overhead;
}

void AnswerCache::Part::unlink(Index index)
{
    auto& slot = slots[index];
    auto& from = queue(slot.list);
    (slot.newer == none ? from.newest : slots[slot.newer].older) = slot.older;
    (slot.older == none ? from.oldest : slots[slot.older].newer) = slot.newer;
    from.bytes -= slot.size + entry_overhead;
}

} // namespace dnsd::resolve
