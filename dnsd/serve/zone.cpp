#include "dnsd/serve/zone.h"

namespace dnsd
{

NameTable::NameTable(std::size_t names)
{
    std::size_t size = 4;
    while (size < names * 2) size *= 2;
    slots_.resize(size);
    mask_ = size - 1;
}

void NameTable::insert(NameHash hash, std::uint32_t index)
{
    auto at = hash & mask_;
    while (slots_[at].index_plus_one != 0) at = (at + 1) & mask_;
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32U), index + 1};
}

Zone::Zone(std::string name, Nodes nodes, Node negative, bool links_outside)
    : name_(std::move(name)),
      labels_(count_labels(name_)),
      nodes_(std::move(nodes)),
      negative_(std::move(negative)),
      table_(nodes_.size()),
      links_outside_(links_outside)
{
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) table_.insert(hash_name(nodes_[i]->name()), i);
}

Chosen Zone::choose(QuestionName const& name, std::uint16_t type) const
{
    // The closest name that exists; the zone's own always does.
    std::size_t label = 0;
    std::optional<std::uint32_t> found;
    for (std::size_t const last = name.labels - labels_; label <= last; ++label) {
        auto const suffix = name.suffix(label);
        found = table_.find(name.hash[label], [&](std::uint32_t i) { return nodes_[i]->name() == suffix; });
        if (found) break;
    }
    if (!found) return made_for(negative_, negative_.answers[1]);
    auto const& node = *nodes_[*found];
    bool const exact = label == 0;
    if (node.is_cut && exact && type == type::ds) return at_node(node, type);
    if (node.is_cut) return made_for(node, node.answers.back());
    if (node.cut != Node::none) return made_for(*nodes_[node.cut], nodes_[node.cut]->answers.back());
    if (exact) return at_node(node, type);
    if (node.wildcard != Node::none) return at_node(*nodes_[node.wildcard], type);
    return made_for(negative_, negative_.answers[1]);
}

Chosen Zone::at_node(Node const& node, std::uint16_t type) const
{
    if (type == type::any && !node.answers.empty()) return made_for(node, node.answers[node.any]);
    auto const typed = node.answers.size() - (node.has_fallback ? 1 : 0);
    for (std::size_t i = 0; i < typed; ++i)
        if (node.answers[i].type == type) return made_for(node, node.answers[i]);
    if (node.has_fallback && !node.is_cut) return made_for(node, node.answers.back());
    return made_for(negative_, negative_.answers[0]);
}

} // namespace dnsd
