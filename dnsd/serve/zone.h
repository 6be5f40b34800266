#pragma once
// One zone, ready to answer: a hash table of names, each with its answers in wire format. Immutable; read by all
// threads.

#include "dnsd/serve/answer.h"
#include "dnsd/serve/question_name.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Open addressing over the hashes of names; what a name is, the owner of the table knows.
class NameTable
{
public:
    explicit NameTable(std::size_t names = 0);
    void insert(NameHash hash, std::uint32_t index);

    /// `is_it(index)` compares the name itself.
    template <class IsIt>
    std::optional<std::uint32_t> find(NameHash hash, IsIt&& is_it) const
    {
        auto const tag = static_cast<std::uint32_t>(hash >> 32U);
        for (auto at = hash & mask_;; at = (at + 1) & mask_) {
            auto const& slot = slots_[at];
            if (slot.index_plus_one == 0) return std::nullopt;
            if (slot.tag == tag && is_it(slot.index_plus_one - 1)) return slot.index_plus_one - 1;
        }
    }

private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t index_plus_one = 0;
    };
    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
};

/// A name of a zone. Never changed once made, so that the next version of the zone can share it.
struct Node {
    static constexpr std::uint32_t none = UINT32_MAX;

    std::string bytes;           ///< the name, then the answers
    std::vector<Answer> answers; ///< by type
    std::uint8_t name_size = 0;
    std::uint8_t any = 0;          ///< the answer for ANY (RFC 8482 4.1: one of the sets)
    bool has_fallback = false;     ///< the last answer is for all other types (CNAME chains, referrals)
    bool is_cut = false;           ///< a delegation: only DS is answered from here
    std::uint32_t cut = none;      ///< the delegation above this name
    std::uint32_t wildcard = none; ///< the node "*." below this name

    std::string_view name() const { return {bytes.data(), name_size}; }
};

/// The answer to copy, and the length of the name it was made for.
struct Chosen {
    Answer const* answer = nullptr;
    std::string const* bytes = nullptr;
    std::size_t name_size = 0;
};

class Zone
{
public:
    using Nodes = std::vector<std::shared_ptr<Node const>>;
    /// `negative`: a node that holds the answers "no such type" and "no such name".
    Zone(std::string name, Nodes nodes, Node negative, bool links_outside);

    std::string_view name() const { return name_; }
    std::size_t labels() const { return labels_; }
    std::size_t size() const { return nodes_.size(); }
    /// A CNAME leads out of the zone: other zones' changes can change its answers.
    bool links_outside() const { return links_outside_; }

    /// The answer for a question inside this zone. Allocates nothing.
    Chosen choose(QuestionName const& name, std::uint16_t type) const;

private:
    Chosen at_node(Node const& node, std::uint16_t type) const;
    Chosen made_for(Node const& node, Answer const& answer) const { return {&answer, &node.bytes, node.name_size}; }

    std::string name_;
    std::size_t labels_;
    Nodes nodes_;
    Node negative_;
    NameTable table_;
    bool links_outside_;
};

} // namespace dnsd
