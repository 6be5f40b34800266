#pragma once
// The names of a zone by hash. A copy shares everything with the original; a change copies the few pages on the way
// to the name. Not for order (zone_order.h).

#include "dnsd/serve/zone_node.h"

#include <cstdint>

namespace dnsd
{

/// One round of changes: pages made in it belong to it alone and are changed in place.
using Round = std::uint64_t;
/// A new one, never used before.
Round next_round();

/// A tree over the hash, six bits a level, with open addressing in its leaves. Any number of threads may read a table
/// that nobody changes; copies are independent of each other.
class NodeTable
{
public:
    /// `zone_hash`: of the zone's name, where the hashes of names begin.
    explicit NodeTable(NameHash zone_hash) : zone_hash_(zone_hash) {}

    /// `name` as in Node::name(), `hash` of the whole name.
    Node const* find(NameHash hash, std::string_view name) const
    {
        auto const* page = root_.get();
        if (!page) return nullptr;
        for (auto path = hash; page->is_inner; path >>= level_bits) {
            page = to_page(page->slots()[path & level_mask]);
            if (!page) return nullptr;
        }
        auto const tag = hash >> tag_shift;
        auto const mask = page->mask;
        for (auto at = tag & mask;; at = (at + 1) & mask) {
            auto const slot = page->slots()[at];
            if (slot == 0) return nullptr;
            if (slot >> tag_shift == tag && to_node(slot)->name() == name) return to_node(slot);
        }
    }
    Node const* find(std::string_view name) const { return find(hash_of(name), name); }

    /// The way of find(), one place of memory at a time: each is asked for and looked at a step later, so that the
    /// ways of several names can be walked together while the memory answers. Changes nothing but the cache.
    class Approach
    {
    public:
        Approach() = default;
        Approach(NodeTable const& table, NameHash hash);
        /// More steps than this bring nothing.
        static constexpr int steps = 8;
        void step();

    private:
        void const* next_ = nullptr; ///< a page, or a slot of `page_`
        void const* page_ = nullptr;
        NameHash hash_ = 0;
        NameHash path_ = 0;
    };

    /// Adds the node or replaces that of the same name. `hash` of its name.
    void put(NodeRef node, NameHash hash, Round round);
    /// False: there was none.
    bool erase(std::string_view name, Round round);

    std::size_t size() const { return size_; }
    NameHash hash_of(std::string_view name) const;

private:
    using Slot = std::uint64_t; ///< inner page: a page; leaf: a node below the 16 upper bits of its hash

    struct Page {
        mutable std::atomic<std::uint32_t> references{1};
        bool is_inner = false;
        std::uint32_t used = 0;
        std::uint32_t mask = 0; ///< slots - 1
        Round round = 0;

        Slot const* slots() const
        {
            void const* const at = this + 1;
            return static_cast<Slot const*>(at);
        }
        Slot* slots()
        {
            void* const at = this + 1;
            return static_cast<Slot*>(at);
        }
        void retain() const { references.fetch_add(1, std::memory_order_relaxed); }
        void release() const;
    };
    using PageRef = Counted<Page>;

    static constexpr unsigned level_bits = 6;
    static constexpr Slot level_mask = 63;
    static constexpr unsigned tag_shift = 48;
    static constexpr Slot pointer_mask = (Slot{1} << tag_shift) - 1;
    static constexpr unsigned deepest_level = 7; ///< below it the hash has no bits left: leaves grow without end
    static constexpr std::size_t largest_leaf = 64;

    static Page* to_page(Slot slot);
    static Node const* to_node(Slot slot);
    static PageRef make_page(std::size_t slots, bool is_inner, Round round);
    static void own(PageRef& page, Round round);
    static void insert(Page& leaf, Slot slot);
    static Slot* find_slot(Page& leaf, Slot tag, std::string_view name);

    static PageRef resized(Page const& leaf, std::size_t slots, Round round);
    PageRef split(Page const& leaf, unsigned level, Round round) const;
    /// True: there was none of that name.
    bool put_in(PageRef& page, NodeRef node, NameHash hash, unsigned level, Round round) const;
    static void erase_in(PageRef& page, NameHash hash, std::string_view name, unsigned level, Round round);

    PageRef root_;
    std::size_t size_ = 0;
    NameHash zone_hash_;
};

} // namespace dnsd
