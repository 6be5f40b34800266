#include "appliance/db/database.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/own_records.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>
#include <map>
#include <set>

namespace dnsd
{

namespace
{
/// Names in key form, and what is wanted there.
using Wanted = std::map<std::string, std::vector<Row>>;

/// "v=spf1", "v=DMARC1": what kind of policy a TXT record is; empty for other texts.
std::string_view kind_of_text(std::string_view rdata)
{
    if (rdata.empty()) return {};
    auto const text = rdata.substr(1, byte_at(rdata, 0));
    if (!text.starts_with("v=")) return {};
    return text.substr(0, text.find_first_of("; "));
}

/// Whether a written record stands in the place of one of ours.
bool is_instead(Row const& written, Row const& own)
{
    if (written.type == type::cname || own.type == type::cname) return true;
    if (written.type != own.type) return false;
    return own.type != type::txt || kind_of_text(written.rdata) == kind_of_text(own.rdata);
}

bool is_cut_off(ZoneEdit& edit, std::string_view owner)
{
    for (auto name = owner; !name.empty(); name = parent_key(name))
        for (auto const& row : edit.at(name))
            if (row.type == type::ns || (row.type == type::dname && name != owner)) return true;
    return false;
}

/// CNAME and SRV lead to a name with an address, or not at all.
bool leads_somewhere(ZoneEdit& edit, Row const& own)
{
    auto const target = target_of(own.type, own.rdata);
    if (target.size() <= 1 || !is_below_or_same(target, edit.head().wire_name)) return true;
    auto const owner = zone_key(target, edit.head().wire_name);
    return !edit.at(owner, type::a).empty() || !edit.at(owner, type::aaaa).empty();
}

bool has(std::vector<Row> const& rows, Row const& row)
{
    return std::find(rows.begin(), rows.end(), row) != rows.end();
}

void settle_name(ZoneEdit& edit, std::string const& owner, std::vector<Row> wanted)
{
    auto const present = edit.at(owner);
    bool const cut_off = is_cut_off(edit, owner);
    std::erase_if(wanted, [&](Row const& own) {
        return cut_off || !leads_somewhere(edit, own) ||
               std::any_of(present.begin(), present.end(),
                           [&](Row const& row) { return row.origin == Origin::written && is_instead(row, own); });
    });
    for (auto const& row : present) {
        bool const is_ours = row.type == type::txt || row.type == type::srv || row.type == type::cname;
        if (row.origin == Origin::derived && is_ours && !has(wanted, row)) edit.erase(row);
    }
    for (auto const& row : wanted)
        if (!has(present, row)) edit.insert(row);
}

/// Also names whose records are over: with nothing wanted there.
Wanted wanted_rows(ZoneEdit& edit, base::Timestamp now)
{
    Wanted wanted;
    for (auto const& record : own_records(edit.transaction(), edit.head().name)) {
        auto const wire = to_wire({record.owner, record.type, record.ttl, record.rdata}).value();
        auto const owner = zone_key(wire.owner, edit.head().wire_name);
        auto& rows = wanted[owner];
        if (!record.until || *record.until > now)
            rows.push_back({owner, wire.type, wire.rdata, wire.ttl, Origin::derived});
    }
    return wanted;
}

void settle(ZoneEdit& edit, Wanted const& wanted)
{
    for (auto const& [owner, rows] : wanted) settle_name(edit, owner, rows);
}

void write(db::Transaction& transaction, std::string const& zone, std::vector<OwnRecord> const& records)
{
    transaction.exec("DELETE FROM own_record WHERE zone = ?", zone);
    for (auto const& one : records)
        transaction.exec("INSERT INTO own_record (zone, owner, type, rdata, ttl, until) VALUES (?, ?, ?, ?, ?, ?) "
                         "ON CONFLICT DO NOTHING",
                         zone, one.owner, one.type, one.rdata, one.ttl, one.until);
}
} // namespace

std::vector<OwnRecord> own_records(db::Reader& reader, std::string_view zone)
{
    std::vector<OwnRecord> records;
    auto rows = reader.query("SELECT owner, type, rdata, ttl, until FROM own_record WHERE zone = ? "
                             "ORDER BY owner, type, rdata",
                             zone);
    while (auto const row = rows.next())
        records.push_back({row->text(0), row->text(1), row->text(2), static_cast<std::uint32_t>(row->integer(3)),
                           row->is_null(4) ? std::nullopt : std::optional(row->integer(4))});
    return records;
}

std::vector<std::string> zones_with_past_records(db::Reader& reader, base::Timestamp now)
{
    std::vector<std::string> zones;
    auto rows = reader.query("SELECT DISTINCT zone FROM own_record WHERE until <= ?", now);
    while (auto const row = rows.next()) zones.push_back(row->text(0));
    return zones;
}

base::Result<void> set_own_records(db::Database& dns, ZoneStore& zones, std::string const& zone,
                                   std::vector<OwnRecord> const& records)
{
    auto sorted = records;
    std::sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) {
        return std::tie(a.owner, a.type, a.rdata) < std::tie(b.owner, b.type, b.rdata);
    });
    if (dns.read([&](db::Reader& reader) { return own_records(reader, zone); }) == sorted) return {};
    auto const all = zones.zones();
    bool const is_served = std::any_of(
        all.begin(), all.end(), [&](auto const& one) { return one.name == zone && one.kind == ZoneKind::primary; });
    if (!is_served) {
        dns.run([&](db::Transaction& transaction) { write(transaction, zone, sorted); });
        return {};
    }
    return zones.edit(zone, [&](ZoneEdit& edit) {
        auto const now = base::system_clock().now();
        auto wanted = wanted_rows(edit, now);
        for (auto& [owner, rows] : wanted) rows.clear(); // names that are given up
        write(edit.transaction(), zone, sorted);
        for (auto& [owner, rows] : wanted_rows(edit, now)) wanted[owner] = std::move(rows);
        settle(edit, wanted);
    });
}

void settle_own_records(ZoneEdit& edit, base::Timestamp now)
{
    settle(edit, wanted_rows(edit, now));
    edit.transaction().exec("DELETE FROM own_record WHERE zone = ? AND until <= ?", edit.head().name, now);
}

void follow_own_records(ZoneEdit& edit, base::Timestamp now)
{
    if (edit.head().kind != ZoneKind::primary) return;
    auto const wanted = wanted_rows(edit, now);
    auto const concerns = [&](std::string const& touched) {
        if (wanted.count(touched) != 0) return true;
        return std::any_of(wanted.begin(), wanted.end(), [&](auto const& entry) {
            if (entry.first.starts_with(touched)) return true; // a cut above it
            return std::any_of(entry.second.begin(), entry.second.end(), [&](Row const& row) {
                auto const target = target_of(row.type, row.rdata);
                return target.size() > 1 && is_below_or_same(target, edit.head().wire_name) &&
                       zone_key(target, edit.head().wire_name) == touched;
            });
        });
    };
    if (!wanted.empty() && std::any_of(edit.touched().begin(), edit.touched().end(), concerns)) settle(edit, wanted);
}

} // namespace dnsd
