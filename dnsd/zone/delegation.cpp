#include "dnsd/zone/delegation.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/record_change.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>

namespace dnsd
{

namespace
{
/// The smallest zone of ours above; null when there is none, or it is not ours to change.
ZoneEdit* zone_above(ChangeSet& changes, ZoneEdit const& zone)
{
    for (auto name = parent(zone.head().wire_name);; name = parent(name)) {
        auto const head = read_zone(changes.transaction(), show_name(name));
        if (head) return head->kind == ZoneKind::primary ? &changes.edit(*head) : nullptr;
        if (name.size() <= 1) return nullptr;
    }
}

std::vector<Row> addresses_at(ZoneEdit& zone, std::string_view name)
{
    std::vector<Row> rows;
    if (!is_below_or_same(name, zone.head().wire_name)) return rows;
    for (auto const kind : {type::a, type::aaaa})
        for (auto& row : zone.at(zone_key(name, zone.head().wire_name), kind)) rows.push_back(std::move(row));
    return rows;
}

/// PTRs that follow go by themselves.
bool is_free(ZoneEdit& above, std::string const& owner)
{
    for (auto const& row : above.at(owner))
        if (row.origin == Origin::written) return false;
    if (above.first_below(owner, false)) return false;
    for (auto key = parent_key(owner); !key.empty(); key = parent_key(key))
        if (!above.at(key, type::ns).empty() || !above.at(key, type::dname).empty()) return false;
    return true;
}
} // namespace

void delegate(ChangeSet& changes, ZoneEdit& zone)
{
    auto* above = zone_above(changes, zone);
    if (!above) return;
    auto const owner = zone_key(zone.head().wire_name, above->head().wire_name);
    if (!is_free(*above, owner)) return;
    for (auto const& server : zone.at("", type::ns)) {
        above->insert({owner, type::ns, server.rdata, server.ttl, Origin::written});
        for (auto row : addresses_at(zone, server.rdata)) {
            row.owner = zone_key(server.rdata, above->head().wire_name);
            above->insert(row);
        }
    }
    must_keep_rules(*above);
}

void end_delegation(ChangeSet& changes, ZoneEdit& zone)
{
    auto* above = zone_above(changes, zone);
    if (!above) return;
    auto const owner = zone_key(zone.head().wire_name, above->head().wire_name);
    for (auto const& server : zone.at("", type::ns)) {
        Row const there{owner, type::ns, server.rdata, 0, Origin::written};
        if (!above->erase(there) || !is_below_or_same(server.rdata, zone.head().wire_name)) continue;
        for (auto const& glue : addresses_at(*above, server.rdata)) above->erase(glue);
    }
    if (above->at(owner, type::ns).empty())
        for (auto const& row : above->at(owner, type::ds)) above->erase(row);
    must_keep_rules(*above);
}

} // namespace dnsd
