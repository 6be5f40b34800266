#include "dnsd/serve/zone_order.h"

#include <algorithm>
#include <new>

namespace dnsd
{

OrderKey::OrderKey(std::string_view name)
{
    std::array<std::uint8_t, most_labels> labels;
    std::size_t count = 0;
    for (std::size_t at = 0; at < name.size(); at += byte_at(name, at) + 1)
        labels[count++] = static_cast<std::uint8_t>(at);
    while (count > 0) {
        std::size_t const at = labels[--count];
        for (char const c : name.substr(at + 1, byte_at(name, at))) {
            bool const escaped = c == '\0' || c == '\1';
            if (escaped) bytes[size++] = '\1';
            bytes[size++] = escaped ? static_cast<char>(c + 1) : c;
        }
        bytes[size++] = '\0';
    }
}

struct NodeOrder::Change {
    NodeRef node; ///< none: the name goes
    std::string_view key;
    std::uint64_t prefix;
    Round round;
};

void NodeOrder::Page::release() const
{
    if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    for (std::size_t i = 0; i < used; ++i) {
        if (is_inner)
            children()[i]->release();
        else
            entries[i].node->release();
    }
    void* const self = const_cast<Page*>(this); // its last owner ends it
    this->~Page();
    ::operator delete(self);
}

std::uint64_t NodeOrder::prefix_of(std::string_view key)
{
    std::uint64_t prefix = 0;
    for (std::size_t i = 0; i < 8; ++i)
        prefix = prefix << 8U | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
    return prefix;
}

int NodeOrder::compare(Entry const& entry, std::uint64_t prefix, std::string_view key)
{
    if (entry.prefix != prefix) return entry.prefix < prefix ? -1 : 1;
    if (key.size() < 8) return 0; // a longer key of the same beginning would have an octet other than 0 behind it
    return OrderKey(entry.node->name()).view().compare(key);
}

std::size_t NodeOrder::entries_not_behind(Page const& page, std::uint64_t prefix, std::string_view key)
{
    auto const end = page.entries.begin() + page.used;
    auto const first_behind = std::partition_point(
        page.entries.begin(), end, [&](Entry const& entry) { return compare(entry, prefix, key) <= 0; });
    return static_cast<std::size_t>(first_behind - page.entries.begin());
}

NodeOrder::PageRef NodeOrder::make_page(bool is_inner, Round round)
{
    auto* page = new (::operator new(sizeof(Page) + (is_inner ? page_entries * sizeof(Page*) : 0))) Page;
    page->is_inner = is_inner;
    page->round = round;
    return PageRef::adopt(page);
}

/// Makes `page` one that this round may change.
void NodeOrder::own(PageRef& page, Round round)
{
    if (page->round == round) return;
    auto copy = make_page(page->is_inner, round);
    copy->entries = page->entries;
    copy->used = page->used;
    for (std::size_t i = 0; i < page->used; ++i) {
        if (page->is_inner) {
            copy->children()[i] = page->children()[i];
            copy->children()[i]->retain();
        } else {
            copy->entries[i].node->retain();
        }
    }
    page = std::move(copy);
}

void NodeOrder::insert(Page& page, std::size_t at, Entry entry, Page* child)
{
    auto const first = page.entries.begin();
    std::copy_backward(first + at, first + page.used, first + page.used + 1);
    page.entries[at] = entry;
    if (page.is_inner) {
        auto** const children = page.children();
        std::copy_backward(children + at, children + page.used, children + page.used + 1);
        children[at] = child;
    }
    ++page.used;
}

/// Moves what is behind `at` to a new page.
NodeOrder::PageRef NodeOrder::split(Page& page, std::size_t at, Round round)
{
    auto right = make_page(page.is_inner, round);
    std::copy(page.entries.begin() + at, page.entries.begin() + page.used, right->entries.begin());
    if (page.is_inner) std::copy(page.children() + at, page.children() + page.used, right->children());
    right->used = static_cast<std::uint32_t>(page.used - at);
    page.used = static_cast<std::uint32_t>(at);
    return right;
}

void NodeOrder::refresh(Page& page, std::size_t child) { page.entries[child] = page.children()[child]->entries[0]; }

NodeOrder::PageRef NodeOrder::add_entry(PageRef& page, std::size_t at, Entry entry, PageRef child, Round round)
{
    if (page->used < page_entries) {
        insert(*page, at, entry, child.let_go());
        return {};
    }
    // Filled in order (a zone being loaded): the left page stays full.
    auto const cut = at == page_entries ? page_entries : page_entries / 2;
    auto right = split(*page, cut, round);
    if (at >= cut && (at > cut || cut == page_entries))
        insert(*right, at - cut, entry, child.let_go());
    else
        insert(*page, at, entry, child.let_go());
    return right;
}

/// Gives the new page to stand right of `page`, if it had to be split.
NodeOrder::PageRef NodeOrder::put_in(PageRef& page, Change& change)
{
    own(page, change.round);
    auto const not_behind = entries_not_behind(*page, change.prefix, change.key);
    if (!page->is_inner) {
        if (not_behind > 0 && compare(page->entries[not_behind - 1], change.prefix, change.key) == 0) {
            page->entries[not_behind - 1].node->release();
            page->entries[not_behind - 1].node = change.node.let_go();
            return {};
        }
        return add_entry(page, not_behind, {change.prefix, change.node.let_go()}, {}, change.round);
    }
    auto const at = not_behind > 0 ? not_behind - 1 : 0;
    auto child = PageRef::adopt(page->children()[at]);
    auto right = put_in(child, change);
    page->children()[at] = child.let_go();
    refresh(*page, at);
    if (!right) return {};
    auto const entry = right->entries[0];
    return add_entry(page, at + 1, entry, std::move(right), change.round);
}

void NodeOrder::put(NodeRef node, Round round)
{
    OrderKey const key(node->name());
    Change change{std::move(node), key.view(), prefix_of(key.view()), round};
    if (!root_) root_ = make_page(false, round);
    auto right = put_in(root_, change);
    if (!right) return;
    auto top = make_page(true, round);
    for (auto* child : {root_.let_go(), right.let_go()}) insert(*top, top->used, child->entries[0], child);
    root_ = std::move(top);
}

/// Leaves no page when it was the last entry.
void NodeOrder::erase_in(PageRef& page, Change& change)
{
    auto const not_behind = entries_not_behind(*page, change.prefix, change.key);
    if (not_behind == 0) return;
    auto const at = not_behind - 1;
    if (!page->is_inner && compare(page->entries[at], change.prefix, change.key) != 0) return;
    own(page, change.round);
    if (page->is_inner) {
        auto child = PageRef::adopt(page->children()[at]);
        erase_in(child, change);
        page->children()[at] = child.let_go();
        if (page->children()[at]) {
            refresh(*page, at);
            return;
        }
        std::copy(page->children() + at + 1, page->children() + page->used, page->children() + at);
    } else {
        page->entries[at].node->release();
    }
    std::copy(page->entries.begin() + at + 1, page->entries.begin() + page->used, page->entries.begin() + at);
    --page->used;
    if (page->used == 0) page = {};
}

void NodeOrder::erase(std::string_view name, Round round)
{
    if (!root_) return;
    OrderKey const key(name);
    Change change{{}, key.view(), prefix_of(key.view()), round};
    erase_in(root_, change);
    while (root_ && root_->is_inner && root_->used == 1) root_ = PageRef::share(root_->children()[0]);
}

Node const* NodeOrder::at_or_before(OrderKey const& key) const
{
    if (!root_) return nullptr;
    auto const prefix = prefix_of(key.view());
    auto const* page = root_.get();
    auto not_behind = entries_not_behind(*page, prefix, key.view());
    bool const wraps = not_behind == 0;
    while (page->is_inner) {
        page = page->children()[(wraps ? page->used : not_behind) - 1];
        if (!wraps) not_behind = entries_not_behind(*page, prefix, key.view());
    }
    return page->entries[(wraps ? page->used : not_behind) - 1].node;
}

} // namespace dnsd
