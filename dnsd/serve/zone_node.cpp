#include "dnsd/serve/zone_node.h"

#include "dnsd/zone/wire_record.h"

#include <algorithm>
#include <new>

namespace dnsd
{

namespace
{
constexpr std::uint16_t type_nsec3 = 50;
constexpr unsigned pointer_mark = 0xC000;

/// Octets of the name at the front of `data`; 0: there is none.
std::size_t name_size(std::string_view data)
{
    for (std::size_t at = 0; at < data.size() && at < longest_name;) {
        auto const label = byte_at(data, at);
        if (label == 0) return at + 1;
        if (label > longest_label) return 0;
        at += label + 1;
    }
    return 0;
}

struct Layout {
    std::size_t before = 0; ///< octets before the first name
    std::size_t names = 0;
    bool compressible = false; ///< RFC 3597 4: the types of RFC 1035 only
    bool wants_addresses = false;
};

constexpr Layout layout_of(std::uint16_t type)
{
    switch (type) {
    case 2: return {0, 1, true, true};    // NS
    case 5: return {0, 1, true, false};   // CNAME
    case 6: return {0, 2, true, false};   // SOA
    case 12: return {0, 1, true, false};  // PTR
    case 15: return {2, 1, true, true};   // MX
    case 18: return {2, 1, false, true};  // AFSDB
    case 21: return {2, 1, false, true};  // RT
    case 33: return {6, 1, false, true};  // SRV
    case 36: return {2, 1, false, true};  // KX
    case 39: return {0, 1, false, false}; // DNAME
    case 64:                              // SVCB
    case 65: return {2, 1, false, true};  // HTTPS
    default: return {};
    }
}

bool is_well_formed(std::uint16_t type, std::string_view data)
{
    if (type == type::a) return data.size() == 4;
    if (type == type::aaaa) return data.size() == 16;
    if (type == type::rrsig && data.size() < 18) return false;
    auto const layout = layout_of(type);
    auto at = layout.before;
    for (std::size_t i = 0; i < layout.names; ++i) {
        auto const size = at < data.size() ? name_size(data.substr(at)) : 0;
        if (size == 0) return false;
        at += size;
    }
    return type != type::soa || data.size() - at == 20;
}

std::uint16_t covered_type(std::string_view signature)
{
    return static_cast<std::uint16_t>(byte_at(signature, 0) << 8U | byte_at(signature, 1));
}

std::uint32_t soa_minimum(std::string_view data)
{
    std::uint32_t value = 0;
    for (char const c : data.substr(data.size() - 4)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
}
} // namespace

// --- Node

Node* Node::allocate(std::size_t size)
{
    auto* node = new (::operator new(size)) Node;
    node->size_ = static_cast<std::uint32_t>(size);
    return node;
}

void Node::release() const
{
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    void* const self = const_cast<Node*>(this); // its last owner ends it
    this->~Node();
    ::operator delete(self);
}

NodeRef Node::with_flags(std::uint8_t flags) const
{
    auto* copy = allocate(size_);
    copy->sets_ = sets_;
    copy->name_size_ = name_size_;
    copy->flags_ = flags;
    copy->extra_sets_ = extra_sets_;
    std::memcpy(copy->bytes() + sizeof(Node), bytes() + sizeof(Node), size_ - sizeof(Node));
    return NodeRef::adopt(copy);
}

bool Node::same_as(Node const& other) const
{
    return size_ == other.size_ && flags_ == other.flags_ && sets_ == other.sets_ &&
           extra_sets_ == other.extra_sets_ && name_size_ == other.name_size_ &&
           std::memcmp(bytes() + sizeof(Node), other.bytes() + sizeof(Node), size_ - sizeof(Node)) == 0;
}

// --- NodeMaker

void NodeMaker::start(std::string_view name)
{
    name_ = name;
    data_.clear();
    rows_.clear();
    signatures_.clear();
}

bool NodeMaker::add(std::uint16_t type, std::uint32_t ttl, std::string_view data)
{
    if (data.size() > UINT16_MAX || !is_well_formed(type, data)) return false;
    Row const row{type == type::rrsig ? covered_type(data) : type, ttl, data_.size(), data.size()};
    (type == type::rrsig ? signatures_ : rows_).push_back(row);
    data_ += data;
    return true;
}

bool NodeMaker::has_only_hash() const
{
    return !rows_.empty() &&
           std::all_of(rows_.begin(), rows_.end(), [](Row const& row) { return row.type == type_nsec3; });
}

NodeRef NodeMaker::finish(std::uint8_t other_flags)
{
    auto flags = other_flags;
    for (auto const& row : rows_) {
        if (row.type == type::cname) flags |= Node::alias;
        if (row.type == type::dname) flags |= Node::dname;
        if (row.type == type::ns && !name_.empty()) flags |= Node::cut;
    }
    return make(Part::names, flags);
}

NodeRef NodeMaker::finish_hash_name()
{
    auto const is_hash = [](Row const& row) { return row.type == type_nsec3; };
    if (std::none_of(rows_.begin(), rows_.end(), is_hash)) return {};
    return make(Part::hashes, Node::hashed);
}

NodeRef NodeMaker::make(Part part, std::uint8_t flags)
{
    sets_.clear();
    pieces_.clear();
    add_sets(part);
    bool const is_zone = part == Part::names && name_.empty();
    auto const soa = std::find_if(rows_.begin(), rows_.end(), [](Row const& row) { return row.type == type::soa; });
    std::size_t const extra = is_zone && soa != rows_.end() ? 1 : 0;
    if (extra > 0) add_set({&*soa, 1}, std::min(soa->ttl, soa_minimum(data_of(*soa))));

    auto const head = sizeof(Node) + sets_.size() * sizeof(RecordSet) + name_.size();
    auto* node = Node::allocate(head + pieces_.size());
    node->sets_ = static_cast<std::uint16_t>(sets_.size() - extra);
    node->extra_sets_ = static_cast<std::uint8_t>(extra);
    node->name_size_ = static_cast<std::uint8_t>(name_.size());
    node->flags_ = flags;
    for (auto& set : sets_) set.at += static_cast<std::uint32_t>(head);
    auto* to = node->bytes() + sizeof(Node);
    if (!sets_.empty()) std::memcpy(to, sets_.data(), sets_.size() * sizeof(RecordSet));
    std::memcpy(node->bytes() + node->name_at(), name_.data(), name_.size());
    std::memcpy(node->bytes() + head, pieces_.data(), pieces_.size());
    return NodeRef::adopt(node);
}

void NodeMaker::add_sets(Part part)
{
    std::span<Row const> left(rows_);
    while (!left.empty()) {
        std::size_t count = 0;
        auto ttl = UINT32_MAX;
        for (; count < left.size() && left[count].type == left[0].type; ++count) ttl = std::min(ttl, left[count].ttl);
        if ((left[0].type == type_nsec3) == (part == Part::hashes)) add_set(left.subspan(0, count), ttl);
        left = left.subspan(count);
    }
}

void NodeMaker::add_set(std::span<Row const> rows, std::uint32_t ttl)
{
    auto const start = pieces_.size();
    shifts_.clear();
    targets_.clear();
    RecordSet set;
    set.at = static_cast<std::uint32_t>(start);
    set.type = rows[0].type;
    set.count = static_cast<std::uint16_t>(rows.size());
    for (auto const& row : rows) add_record(row.type, ttl, data_of(row), start);
    auto const size = pieces_.size() - start;
    for (auto const& row : signatures_) {
        if (row.type != set.type) continue;
        add_record(type::rrsig, ttl, data_of(row), start);
        ++set.signatures;
    }
    auto const whole = pieces_.size() - start;
    if (whole >= RecordSet::oversize) {
        pieces_.resize(start);
        set.size = RecordSet::oversize;
        set.signatures = 0;
    } else {
        set.size = static_cast<std::uint16_t>(size);
        set.signature_size = static_cast<std::uint16_t>(whole - size);
        set.shifts = static_cast<std::uint16_t>(shifts_.size());
        set.targets = static_cast<std::uint16_t>(targets_.size());
        for (auto const* list : {&shifts_, &targets_}) {
            void const* const from = list->data();
            pieces_.append(static_cast<char const*>(from), list->size() * sizeof(std::uint16_t));
        }
    }
    sets_.push_back(set);
}

void NodeMaker::add_number(std::uint32_t value, unsigned octets)
{
    while (octets-- > 0) pieces_ += static_cast<char>(value >> (8 * octets));
}

void NodeMaker::add_record(std::uint16_t type, std::uint32_t ttl, std::string_view data, std::size_t start)
{
    add_number(pointer_mark | question_name_at, 2);
    add_number(type, 2);
    add_number(1, 2); // class IN
    add_number(ttl, 4);
    auto const length_at = pieces_.size();
    add_number(0, 2);
    add_data(type, data, start);
    auto const length = pieces_.size() - length_at - 2;
    pieces_[length_at] = static_cast<char>(length >> 8U);
    pieces_[length_at + 1] = static_cast<char>(length);
}

void NodeMaker::add_data(std::uint16_t type, std::string_view data, std::size_t start)
{
    auto const layout = layout_of(type);
    if (layout.wants_addresses) {
        auto const target = data.substr(layout.before, name_size(data.substr(layout.before)));
        bool const is_service = type >= 64 && (data[0] != '\0' || data[1] != '\0'); // RFC 9460 2.5: "." is the owner
        bool const is_here = target.size() > 1 ? is_below_or_same(target, zone_) : is_service;
        auto const at = pieces_.size() - start + layout.before;
        if (is_here && at < RecordSet::oversize) targets_.push_back(static_cast<std::uint16_t>(at));
    }
    if (!layout.compressible) {
        pieces_ += data;
        return;
    }
    pieces_ += data.substr(0, layout.before);
    data.remove_prefix(layout.before);
    for (std::size_t i = 0; i < layout.names; ++i) {
        auto const size = name_size(data);
        add_name(data.substr(0, size), start);
        data.remove_prefix(size);
    }
    pieces_ += data;
}

void NodeMaker::add_name(std::string_view name, std::size_t start)
{
    for (; name.size() > 1; name = parent(name)) {
        if (is_below_or_same(zone_, name)) {
            auto const at = pieces_.size() - start;
            if (at < RecordSet::oversize) shifts_.push_back(static_cast<std::uint16_t>(at));
            auto const pointer = question_name_at + name_.size() + zone_.size() - name.size();
            add_number(pointer_mark | static_cast<std::uint32_t>(pointer), 2);
            return;
        }
        pieces_ += name.substr(0, byte_at(name, 0) + 1);
    }
    pieces_ += '\0';
}

} // namespace dnsd
