#include "dnsd/serve/zone_model.h"

#include "dnsd/zone/name.h"

#include <algorithm>

namespace dnsd
{

base::Result<ZoneModel> ZoneModel::make(std::string_view name, std::vector<Record> const& records)
{
    ZoneModel model;
    auto apex = wire_name(name);
    if (apex.fault != NameFault::none) return base::failed(std::string(name), "this is not a zone name");
    model.apex_ = std::move(apex.wire);
    for (auto const& record : records)
        if (auto const added = model.add(record); !added) return added.error();
    auto const* top = model.node(model.apex_);
    if (!top || top->sets.count(type::soa) == 0 || top->sets.count(type::ns) == 0)
        return base::failed(std::string(name), "the zone has no SOA or no NS record");
    model.mark_cuts();
    return model;
}

base::Result<void> ZoneModel::add(Record const& record)
{
    auto wire = to_wire(record);
    if (!wire) return wire.error();
    if (!is_below_or_same(wire->owner, apex_)) return base::failed(record.line(), "the name is outside the zone");
    auto& set = nodes_[wire->owner].sets[wire->type];
    set.ttl = set.data.empty() ? wire->ttl : std::min(set.ttl, wire->ttl);
    set.data.push_back(std::move(wire->rdata));
    // Every name between here and the zone's own exists too.
    for (auto name = parent(wire->owner); name.size() > apex_.size(); name = parent(name)) {
        auto const [place, is_new] = nodes_.try_emplace(std::string(name));
        if (!is_new) break;
    }
    return {};
}

void ZoneModel::mark_cuts()
{
    for (auto& [name, node] : nodes_) {
        for (std::string_view above = name; above.size() > apex_.size(); above = parent(above)) {
            auto const* found = this->node(above);
            if (found && found->sets.count(type::ns) > 0) node.cut = above; // the topmost one stays
        }
    }
}

ModelNode const* ZoneModel::node(std::string_view name) const
{
    auto const found = nodes_.find(name);
    return found == nodes_.end() ? nullptr : &found->second;
}

ZoneModel::Found ZoneModel::find(std::string_view name) const
{
    auto encloser = name;
    auto found = nodes_.find(encloser);
    while (found == nodes_.end() && encloser.size() > apex_.size()) {
        encloser = parent(encloser);
        found = nodes_.find(encloser);
    }
    if (found == nodes_.end()) return {};
    if (!found->second.cut.empty()) return {Kind::delegation, &found->second, found->second.cut};
    if (encloser.size() == name.size()) return {Kind::node, &found->second, found->first};
    auto const wildcard = nodes_.find("\1*" + std::string(encloser));
    if (wildcard == nodes_.end()) return {};
    return {Kind::wildcard, &wildcard->second, wildcard->first};
}

ZoneModel const* ModelSet::zone_of(std::string_view name) const
{
    for (;; name = parent(name)) {
        auto const found = models_.find(name);
        if (found != models_.end()) return found->second;
        if (name.size() <= 1) return nullptr;
    }
}

} // namespace dnsd
