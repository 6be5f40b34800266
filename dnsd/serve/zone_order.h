#pragma once
// Names of a zone in the canonical order of DNSSEC: which one comes before a name that does not exist. Copies share,
// like those of zone_table.h.

#include "dnsd/serve/zone_table.h"

#include <array>
#include <optional>

namespace dnsd
{

/// A name's labels from the zone downwards, as zone_key.h has them, without allocation.
struct OrderKey {
    std::array<char, 2 * longest_name> bytes;
    std::size_t size = 0;

    /// `name` as in Node::name().
    explicit OrderKey(std::string_view name);
    std::string_view view() const { return {bytes.data(), size}; }
};

/// A B+ tree of nodes.
class NodeOrder
{
public:
    /// Adds the node or replaces that of the same name.
    void put(NodeRef node, Round round);
    /// Nothing happens when there is none.
    void erase(std::string_view name, Round round);

    /// The last one that is not behind `key`; before all of them, the last of all (the order is a ring).
    Node const* at_or_before(OrderKey const& key) const;
    bool is_empty() const { return !root_; }

private:
    static constexpr std::size_t page_entries = 32;

    /// The first octets of the key, so that most comparisons touch no other memory.
    struct Entry {
        std::uint64_t prefix = 0;
        Node const* node = nullptr; ///< in an inner page: the first of the child
    };
    struct Page {
        mutable std::atomic<std::uint32_t> references{1};
        bool is_inner = false;
        std::uint32_t used = 0;
        Round round = 0;
        std::array<Entry, page_entries> entries;

        Page** children()
        {
            void* const at = this + 1;
            return static_cast<Page**>(at);
        }
        Page* const* children() const
        {
            void const* const at = this + 1;
            return static_cast<Page* const*>(at);
        }
        void retain() const { references.fetch_add(1, std::memory_order_relaxed); }
        void release() const;
    };
    using PageRef = Counted<Page>;

    static std::uint64_t prefix_of(std::string_view key);
    static int compare(Entry const& entry, std::uint64_t prefix, std::string_view key);
    static std::size_t entries_not_behind(Page const& page, std::uint64_t prefix, std::string_view key);
    static PageRef make_page(bool is_inner, Round round);
    static void own(PageRef& page, Round round);
    static void insert(Page& page, std::size_t at, Entry entry, Page* child);
    static PageRef split(Page& page, std::size_t at, Round round);
    static void refresh(Page& page, std::size_t child);

    struct Change;
    static PageRef put_in(PageRef& page, Change& change);
    static PageRef add_entry(PageRef& page, std::size_t at, Entry entry, PageRef child, Round round);
    static void erase_in(PageRef& page, Change& change);

    PageRef root_;
};

} // namespace dnsd
