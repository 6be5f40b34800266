#include "dnsd/zone/name.h"
#include "dnsd/zone/pointers.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace dnsd
{

namespace
{
bool is_written(Row const& row, std::initializer_list<std::uint16_t> types)
{
    return row.origin == Origin::written && std::find(types.begin(), types.end(), row.type) != types.end();
}
} // namespace

Pointers::Pointers(db::Transaction& transaction, ChangeSet& changes) : transaction_(transaction), changes_(changes)
{
    for (auto& zone : read_zones(transaction)) {
        if (zone.kind != ZoneKind::primary) continue;
        if (is_reverse_name(zone.name))
            reverse_zones_.emplace(zone.wire_name, std::move(zone));
        else
            forward_zones_.emplace(zone.id, std::move(zone));
    }
}

void Pointers::follow(ZoneEdit& edit)
{
    if (reverse_zones_.count(edit.head().wire_name) > 0) return follow_reverse(edit);
    if (forward_zones_.count(edit.head().id) == 0) return;
    addresses_.insert(edit.touched_addresses().begin(), edit.touched_addresses().end());
    for (auto const& server : edit.touched_servers()) { // its addresses may point elsewhere now
        if (!is_below_or_same(server, edit.head().wire_name)) continue;
        auto const owner = zone_key(server, edit.head().wire_name);
        for (auto const kind : {type::a, type::aaaa})
            for (auto const& row : edit.at(owner, kind)) addresses_.insert(row.rdata);
    }
}

/// Names whose records somebody wrote or deleted: perhaps the PTR that follows comes or goes.
void Pointers::follow_reverse(ZoneEdit& edit)
{
    for (auto const& owner : edit.touched())
        if (!owner.empty()) follow_below(key_name(owner, edit.head().wire_name));
}

void Pointers::follow_below(std::string_view reverse_name)
{
    auto const range = addresses_below(reverse_name);
    if (!range) return;
    auto rows = transaction_.query("SELECT DISTINCT rdata FROM record INDEXED BY record_by_address "
                                   "WHERE type IN (1, 28) AND rdata BETWEEN ? AND ? AND length(rdata) = ?",
                                   db::Blob{range->first}, db::Blob{range->last}, range->first.size());
    while (auto const row = rows.next()) addresses_.insert(row->text(0));
}

void Pointers::settle()
{
    for (auto const& address : addresses_) settle_address(address);
}

void Pointers::settle_address(std::string const& address)
{
    if (address.size() != 4 && address.size() != 16) return;
    auto const name = reverse_wire_name(address);
    bool is_smallest = true;
    for (std::string_view above = name; above.size() > 1; above = parent(above)) {
        auto const zone = reverse_zones_.find(above);
        if (zone == reverse_zones_.end()) continue;
        auto& edit = changes_.edit(zone->second);
        auto const owner = zone_key(name, zone->first);
        bool const wanted = std::exchange(is_smallest, false) && !is_taken(edit, owner);
        put(edit, owner, wanted ? best_target(address) : std::nullopt);
    }
}

void Pointers::put(ZoneEdit& zone, std::string const& owner, std::optional<Target> const& target)
{
    bool is_there = false;
    for (auto const& row : zone.at(owner, type::ptr)) {
        if (row.origin != Origin::derived) continue;
        if (target && row.rdata == target->wire && row.ttl == target->ttl)
            is_there = true;
        else
            zone.erase(row);
    }
    if (target && !is_there) zone.insert({owner, type::ptr, target->wire, target->ttl, Origin::derived});
}

bool Pointers::is_taken(ZoneEdit& zone, std::string_view owner)
{
    for (auto const& row : zone.at(owner)) {
        if (is_written(row, {type::ptr, type::cname, type::dname})) return true;
        if (!owner.empty() && is_written(row, {type::ns})) return true;
    }
    for (auto above = parent_key(owner); !above.empty(); above = parent_key(above))
        for (auto const& row : zone.at(above))
            if (is_written(row, {type::ns, type::dname})) return true;
    return false;
}

std::optional<Pointers::Target> Pointers::best_target(std::string const& address)
{
    // An address with more names than this is no host; the first ones by zone and name must do.
    auto rows = transaction_.query("SELECT zone_id, owner, ttl FROM record INDEXED BY record_by_address "
                                   "WHERE rdata = ? AND type IN (1, 28) LIMIT 1000",
                                   db::Blob{address});
    std::optional<Target> best;
    while (auto const row = rows.next()) {
        auto const zone = forward_zones_.find(row->integer(0));
        if (zone == forward_zones_.end() || is_wildcard_key(row->view(1))) continue;
        auto name = key_name(row->view(1), zone->second.wire_name);
        Target target{rank(zone->second, name), show_name(name), std::move(name),
                      static_cast<std::uint32_t>(row->integer(2))};
        if (!best || std::tie(target.rank, target.text) < std::tie(best->rank, best->text)) best = std::move(target);
    }
    return best;
}

int Pointers::rank(ZoneHead const& zone, std::string const& name)
{
    if (name == zone.wire_name) return 3;
    int rank = 2;
    for (auto const& row : changes_.edit(zone).pointing_at(name)) {
        if (row.type == type::mx) return 0;
        if (row.type == type::ns) rank = 1;
    }
    return rank;
}

} // namespace dnsd
