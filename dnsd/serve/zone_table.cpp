#include "dnsd/serve/zone_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <new>

namespace dnsd
{

static_assert(sizeof(void*) == 8, "slots keep 16 bits of the hash above 48 bits of address");

Round next_round()
{
    static std::atomic<Round> last{0};
    return ++last;
}

NodeTable::Page* NodeTable::to_page(Slot slot) { return std::bit_cast<Page*>(slot); }
Node const* NodeTable::to_node(Slot slot) { return std::bit_cast<Node const*>(slot & pointer_mask); }

NodeTable::Approach::Approach(NodeTable const& table, NameHash hash)
    : next_(table.root_.get()), hash_(hash), path_(hash)
{
}

void NodeTable::Approach::step()
{
    if (!next_) return;
    if (!page_) { // arrived at a page: its slot is next
        page_ = next_;
        auto const& page = *static_cast<Page const*>(page_);
        next_ = &page.slots()[page.is_inner ? path_ & level_mask : hash_ >> tag_shift & page.mask];
        __builtin_prefetch(next_);
        return;
    }
    auto const slot = *static_cast<Slot const*>(next_);
    bool const inner = static_cast<Page const*>(page_)->is_inner;
    page_ = nullptr;
    path_ >>= level_bits;
    next_ = inner ? to_page(slot) : nullptr;
    if (inner) return __builtin_prefetch(next_);
    if (slot == 0) return;
    auto const* node = static_cast<char const*>(static_cast<void const*>(to_node(slot)));
    constexpr std::size_t line = 64;
    for (std::size_t i = 0; i < 3; ++i) __builtin_prefetch(node + i * line);
}

void NodeTable::Page::release() const
{
    if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    for (std::size_t i = 0; i <= mask; ++i) {
        if (slots()[i] == 0) continue;
        if (is_inner)
            to_page(slots()[i])->release();
        else
            to_node(slots()[i])->release();
    }
    void* const self = const_cast<Page*>(this); // its last owner ends it
    this->~Page();
    ::operator delete(self);
}

NodeTable::PageRef NodeTable::make_page(std::size_t slots, bool is_inner, Round round)
{
    auto* page = new (::operator new(sizeof(Page) + slots * sizeof(Slot))) Page;
    page->is_inner = is_inner;
    page->mask = static_cast<std::uint32_t>(slots - 1);
    page->round = round;
    std::fill_n(page->slots(), slots, Slot{0});
    return PageRef::adopt(page);
}

/// Makes `page` one that this round may change.
void NodeTable::own(PageRef& page, Round round)
{
    if (page->round == round) return;
    auto copy = make_page(page->mask + std::size_t{1}, page->is_inner, round);
    for (std::size_t i = 0; i <= page->mask; ++i) {
        auto const slot = page->slots()[i];
        if (slot == 0) continue;
        if (page->is_inner)
            to_page(slot)->retain();
        else
            to_node(slot)->retain();
        copy->slots()[i] = slot;
    }
    copy->used = page->used;
    page = std::move(copy);
}

void NodeTable::insert(Page& leaf, Slot slot)
{
    auto at = (slot >> tag_shift) & leaf.mask;
    while (leaf.slots()[at] != 0) at = (at + 1) & leaf.mask;
    leaf.slots()[at] = slot;
    ++leaf.used;
}

NodeTable::Slot* NodeTable::find_slot(Page& leaf, Slot tag, std::string_view name)
{
    for (auto at = tag & leaf.mask;; at = (at + 1) & leaf.mask) {
        auto& slot = leaf.slots()[at];
        if (slot == 0) return nullptr;
        if (slot >> tag_shift == tag && to_node(slot)->name() == name) return &slot;
    }
}

NodeTable::PageRef NodeTable::resized(Page const& leaf, std::size_t slots, Round round)
{
    auto page = make_page(slots, false, round);
    for (std::size_t i = 0; i <= leaf.mask; ++i) {
        if (leaf.slots()[i] == 0) continue;
        to_node(leaf.slots()[i])->retain();
        insert(*page, leaf.slots()[i]);
    }
    return page;
}

NodeTable::PageRef NodeTable::split(Page const& leaf, unsigned level, Round round) const
{
    auto page = make_page(level_mask + 1, true, round);
    page->used = 1; // it has children
    for (std::size_t i = 0; i <= leaf.mask; ++i) {
        if (leaf.slots()[i] == 0) continue;
        auto const* node = to_node(leaf.slots()[i]);
        put_in(page, NodeRef::share(node), hash_of(node->name()), level, round);
    }
    return page;
}

void NodeTable::put(NodeRef node, NameHash hash, Round round)
{
    if (put_in(root_, std::move(node), hash, 0, round)) ++size_;
}

bool NodeTable::put_in(PageRef& page, NodeRef node, NameHash hash, unsigned level, Round round) const
{
    if (!page) page = make_page(4, false, round);
    own(page, round);
    if (page->is_inner) {
        auto& slot = page->slots()[(hash >> (level * level_bits)) & level_mask];
        auto child = PageRef::adopt(to_page(slot));
        bool const is_new = put_in(child, std::move(node), hash, level + 1, round);
        slot = std::bit_cast<Slot>(child.let_go());
        return is_new;
    }
    auto const tag = hash >> tag_shift;
    if (auto* slot = find_slot(*page, tag, node->name())) {
        to_node(*slot)->release();
        *slot = std::bit_cast<Slot>(node.let_go()) | tag << tag_shift;
        return false;
    }
    std::size_t const slots = page->mask + std::size_t{1};
    if ((page->used + 1) * 4 > slots * 3) { // at least a quarter stays empty, so that searches end soon
        bool const is_full = slots >= largest_leaf && level < deepest_level;
        page = is_full ? split(*page, level, round) : resized(*page, slots * 2, round);
        return put_in(page, std::move(node), hash, level, round);
    }
    insert(*page, std::bit_cast<Slot>(node.let_go()) | tag << tag_shift);
    return true;
}

bool NodeTable::erase(std::string_view name, Round round)
{
    auto const hash = hash_of(name);
    if (!find(hash, name)) return false;
    erase_in(root_, hash, name, 0, round);
    --size_;
    return true;
}

/// The name is there.
void NodeTable::erase_in(PageRef& page, NameHash hash, std::string_view name, unsigned level, Round round)
{
    own(page, round);
    if (page->is_inner) {
        auto& slot = page->slots()[(hash >> (level * level_bits)) & level_mask];
        auto child = PageRef::adopt(to_page(slot));
        erase_in(child, hash, name, level + 1, round);
        slot = std::bit_cast<Slot>(child.let_go());
        return;
    }
    auto* slot = find_slot(*page, hash >> tag_shift, name);
    to_node(*slot)->release();
    *slot = 0;
    --page->used;
    // What stood behind it because of it must be found again: put all into a new page, a smaller one if that is
    // enough.
    std::size_t slots = page->mask + std::size_t{1};
    while (slots > 4 && page->used * 8 < slots) slots /= 2;
    page = page->used == 0 ? PageRef() : resized(*page, slots, round);
}

NameHash NodeTable::hash_of(std::string_view name) const
{
    std::array<std::uint8_t, most_labels> labels;
    std::size_t count = 0;
    for (std::size_t at = 0; at < name.size(); at += byte_at(name, at) + 1)
        labels[count++] = static_cast<std::uint8_t>(at);
    auto hash = zone_hash_;
    while (count > 0) {
        std::size_t const at = labels[--count];
        hash = add_label(hash, name.substr(at + 1, byte_at(name, at)));
    }
    return hash;
}

} // namespace dnsd
