#pragma once
// Answers of others, kept as long as their TTLs say and some time longer for when nobody can be asked (RFC 8767).
// Bounded in memory. Shared by all threads: split into parts with a lock each, held for one copy.
// A new answer is on probation until it is asked for again; only then it may displace others that proved useful. So a
// client that asks for thousands of names once each displaces nothing but its own.

#include "dnsd/resolve/answer.h"

#include <array>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace dnsd::resolve
{

/// What a question is looked up by: Question::key_bytes() and its hash.
struct CacheKey {
    std::string_view bytes;
    std::uint64_t hash = 0;
};

struct CacheNumbers {
    std::uint64_t hits = 0;
    std::uint64_t stale_hits = 0;
    std::uint64_t evicted = 0;
    std::size_t answers = 0;
    std::size_t bytes = 0;
};

class AnswerCache
{
public:
    explicit AnswerCache(std::size_t limit_bytes);

    /// Nobody outside can choose names that collide: the hash begins with a secret.
    CacheKey key(std::string_view bytes) const { return {bytes, hash(bytes)}; }

    /// Which answers find() gives.
    enum class Accept {
        fresh, ///< within their TTL, or known to be impossible to refresh for the moment
        stale, ///< also behind it
    };
    struct Hit {
        Seconds elapsed = 0;
        bool stale = false;
        /// Its time is nearly over, and it is asked for: a good moment to refresh it. Said once.
        bool refresh = false;
    };
    /// Calls `use(AnswerView const&, Hit const&)` under the lock. False: there is none.
    template <class Use>
    bool find(CacheKey const& key, Seconds now, Accept accept, Use&& use)
    {
        auto& part = part_of(key);
        std::lock_guard const lock(part.mutex);
        auto const slot = part.find(key, now);
        if (slot == none) return false;
        auto const head = read_head(part.slots[slot]);
        bool const stale = now >= head.expires;
        if (stale && accept == Accept::fresh && now >= part.slots[slot].retry_at) return false;
        part.use(slot);
        ++(stale ? part.stale_hits : part.hits);
        auto const lifetime = head.expires - head.inserted;
        bool const nearly_over = !stale && lifetime >= least_refreshed && head.expires - now <= lifetime / 10;
        bool const refresh = nearly_over && !std::exchange(part.slots[slot].refreshing, true);
        use(view(part.slots[slot], head), Hit{now - head.inserted, stale, refresh});
        return true;
    }

    /// Keeps a copy for `lifetime` seconds, then `stale` seconds more; takes the place of an older one. `lifetime` 0,
    /// or larger than a part can hold: not kept.
    void put(CacheKey const& key, Seconds now, AnswerView const& answer, Seconds lifetime, Seconds stale);
    /// The answer is behind its time and could not be refreshed: find() gives it until then.
    void postpone(CacheKey const& key, Seconds now, Seconds retry_at);
    void clear();
    CacheNumbers numbers() const;

private:
    using Index = std::uint32_t;
    static constexpr Index none = 0xFFFFFFFFU;
    static constexpr std::size_t part_count = 8;
    static constexpr Seconds least_refreshed = 30;

    /// In front of an entry's octets (key, body, places of TTLs).
    struct Head {
        Seconds inserted = 0;
        Seconds expires = 0;
        Seconds gone = 0; ///< not even stale behind this
        std::uint16_t key_size = 0;
        std::uint16_t body_size = 0;
        std::uint16_t needed = 0;
        std::uint16_t places_size = 0;
        std::uint16_t answers = 0;
        std::uint16_t authorities = 0;
        std::uint16_t additionals = 0;
        std::uint16_t ede = 0;
        bool has_ede = false;
        bool authentic = false;
        std::uint8_t rcode = 0;
    };
    enum class List : std::uint8_t { unused, probation, proven };
    struct Slot {
        std::unique_ptr<char[]> bytes;
        std::uint32_t size = 0;
        std::uint32_t hash = 0;
        Index next = none; ///< with the same bucket, or unused
        Index newer = none;
        Index older = none;
        Seconds retry_at = 0;
        List list = List::unused;
        bool refreshing = false;
    };
    struct Queue {
        Index newest = none;
        Index oldest = none;
        std::size_t bytes = 0;
    };

    struct Part {
        mutable std::mutex mutex;
        std::vector<Slot> slots;
        std::vector<Index> buckets; ///< a power of two, none at first
        Index unused = none;
        std::size_t count = 0;
        Queue probation;
        Queue proven;
        std::size_t limit = 0;
        std::uint64_t hits = 0;
        std::uint64_t stale_hits = 0;
        std::uint64_t evicted = 0;

        Index find(CacheKey const& key, Seconds now);
        void use(Index slot);
        void insert(CacheKey const& key, std::unique_ptr<char[]> bytes, std::uint32_t size);
        void erase(Index slot);
        void make_room(std::size_t for_bytes);
        void grow();
        void link(Index slot, List list);
        void unlink(Index slot);
        Queue& queue(List list) { return list == List::proven ? proven : probation; }
    };

    static Head read_head(Slot const& slot);
    static AnswerView view(Slot const& slot, Head const& head);
    std::uint64_t hash(std::string_view bytes) const;
    Part& part_of(CacheKey const& key) { return parts_[key.hash >> 61U]; }

    std::array<Part, part_count> parts_;
    std::array<std::uint64_t, 2> secret_{};
};

} // namespace dnsd::resolve
