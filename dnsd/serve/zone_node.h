#pragma once
// A name of a zone with its own records as ready pieces of wire format. Not for finding names (zone_table.h) or for
// putting answers together (zone_answer.h).

#include "dnsd/serve/counted.h"
#include "dnsd/zone/name.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Where the question's name stands in every message.
inline constexpr std::size_t question_name_at = 12;

/// One record set: its piece is the records and, right behind them, their RRSIG records, as if they stood behind a
/// question for their own name: the owner is a pointer to the question, and names in the data (where RFC 3597 allows
/// it) end with a pointer to the zone's name inside the question. So the common answer is one copy; in other places
/// the pointers are moved.
struct RecordSet {
    std::uint32_t at = 0;             ///< of the piece, from the node's first octet
    std::uint16_t size = 0;           ///< of the records; `oversize`: they fit no message and are not kept
    std::uint16_t signature_size = 0; ///< of the RRSIG records
    std::uint16_t type = 0;
    std::uint16_t count = 0;
    std::uint16_t signatures = 0;
    std::uint16_t shifts = 0; ///< pointers to the zone's name: their positions lie behind the piece, two octets each
    std::uint16_t targets =
        0; ///< names of this zone whose addresses belong to the answer: positions behind the shifts

    static constexpr std::uint16_t oversize = UINT16_MAX;
    std::size_t whole() const { return std::size_t{size} + signature_size; }
};

/// One block of memory: this, the record sets by type, the name, the pieces. Immutable once other threads see it, and
/// shared between one version of a zone and the next.
class Node
{
public:
    enum Flag : std::uint8_t {
        cut = 1,      ///< a delegation: NS below the zone's own name
        dname = 2,    ///< everything below leads elsewhere
        below = 4,    ///< under a delegation or a DNAME: not to be answered from
        wildcard = 8, ///< "*" exists below
        alias = 16,   ///< has a CNAME
        hashed = 32   ///< an NSEC3 record's owner: not a name that can be asked for
    };

    /// Relative to the zone, wire form, lower case, without the zone's own labels and the root; "" is the zone
    /// itself.
    std::string_view name() const { return {bytes() + name_at(), name_size_}; }
    bool is(unsigned flags) const { return (flags_ & flags) != 0; }
    std::uint8_t flags() const { return flags_; }
    bool is_empty() const { return sets_ == 0; }
    std::size_t size() const { return size_; }

    std::span<RecordSet const> sets() const
    {
        void const* const at = bytes() + sizeof(Node);
        return {static_cast<RecordSet const*>(at), sets_};
    }
    RecordSet const* find(std::uint16_t type) const
    {
        for (auto const& set : sets())
            if (set.type == type) return &set;
        return nullptr;
    }
    /// The zone's own name only: the SOA with the TTL of negative answers (RFC 2308 3).
    RecordSet const& negative_soa() const { return sets().data()[sets_]; }

    std::string_view piece(RecordSet const& set) const { return {bytes() + set.at, set.whole()}; }
    std::size_t shift(RecordSet const& set, std::size_t i) const { return number(set, i); }
    std::size_t target(RecordSet const& set, std::size_t i) const { return number(set, set.shifts + i); }
    /// Where the pieces think that the zone's name is in the message.
    std::size_t zone_name_at() const { return question_name_at + name_size_; }

    void retain() const { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() const;

    Counted<Node const> with_flags(std::uint8_t flags) const;
    bool same_as(Node const& other) const;

private:
    friend class NodeMaker;
    Node() = default;
    static Node* allocate(std::size_t size);

    char const* bytes() const
    {
        void const* const self = this;
        return static_cast<char const*>(self);
    }
    char* bytes()
    {
        void* const self = this;
        return static_cast<char*>(self);
    }
    std::size_t name_at() const { return sizeof(Node) + (std::size_t{sets_} + extra_sets_) * sizeof(RecordSet); }
    std::size_t number(RecordSet const& set, std::size_t i) const
    {
        std::uint16_t value = 0;
        std::memcpy(&value, bytes() + set.at + set.whole() + 2 * i, 2);
        return value;
    }

    mutable std::atomic<std::uint32_t> references_{1};
    std::uint32_t size_ = 0;
    std::uint16_t sets_ = 0;
    std::uint8_t name_size_ = 0;
    std::uint8_t flags_ = 0;
    std::uint8_t extra_sets_ = 0; ///< 1 for the zone's own name, behind the others: cannot be asked for
};

using NodeRef = Counted<Node const>;

/// Makes nodes from rows, one at a time; keeps its buffers.
class NodeMaker
{
public:
    /// `zone` in wire form.
    explicit NodeMaker(std::string_view zone) : zone_(zone) {}

    /// `name` as in Node::name().
    void start(std::string_view name);
    /// Rows in order of their types. False: data that cannot be of this type.
    bool add(std::uint16_t type, std::uint32_t ttl, std::string_view data);

    /// Everything but NSEC3 records; none of that was added: an empty non-terminal. Sets `cut`, `dname` and `alias`.
    NodeRef finish(std::uint8_t other_flags);
    /// The NSEC3 record, which is the owner of nothing else; nothing when there was none.
    NodeRef finish_hash_name();
    bool has_only_hash() const;

private:
    struct Row {
        std::uint16_t type = 0; ///< for RRSIG: the type covered
        std::uint32_t ttl = 0;
        std::size_t at = 0;
        std::size_t size = 0;
    };
    enum class Part { names, hashes };

    std::string_view data_of(Row const& row) const { return std::string_view(data_).substr(row.at, row.size); }
    NodeRef make(Part part, std::uint8_t flags);
    void add_sets(Part part);
    void add_set(std::span<Row const> rows, std::uint32_t ttl);
    void add_record(std::uint16_t type, std::uint32_t ttl, std::string_view data, std::size_t start);
    void add_data(std::uint16_t type, std::string_view data, std::size_t start);
    void add_name(std::string_view name, std::size_t start);
    void add_number(std::uint32_t value, unsigned octets);

    std::string zone_;
    std::string name_;
    std::string data_; ///< of all rows
    std::vector<Row> rows_;
    std::vector<Row> signatures_;
    std::vector<RecordSet> sets_;
    std::string pieces_;
    std::vector<std::uint16_t> shifts_;
    std::vector<std::uint16_t> targets_;
};

} // namespace dnsd
