#include "dnsd/zone/change_set.h"

#include "appliance/base/clock.h"
#include "appliance/base/error.h"
#include "appliance/base/secret.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/own_records.h"
#include "dnsd/zone/pointers.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
/// Between two looks at the length of a journal it may grow by that many revisions.
constexpr std::int64_t revisions_between_looks = 64;

std::string_view kind_text(ZoneKind kind)
{
    switch (kind) {
    case ZoneKind::secondary: return "secondary";
    case ZoneKind::catalog: return "catalog";
    default: return "primary";
    }
}

std::optional<Row> soa_of(ZoneEdit& edit)
{
    auto rows = edit.at("", type::soa);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

/// Drops the oldest revisions of a journal that is longer than its zone is worth.
void shorten_journal(db::Transaction& transaction, std::int64_t zone)
{
    auto const rows = transaction.number("SELECT COUNT(*) FROM change WHERE zone_id = ?", zone).value_or(0);
    if (rows <= shortest_journal) return;
    auto const size = transaction.number("SELECT COUNT(*) FROM record WHERE zone_id = ?", zone).value_or(0);
    auto const most = std::max(shortest_journal, size / 2);
    std::int64_t kept = 0;
    std::int64_t base = -1; // the newest revision that is forgotten
    {
        auto counts = transaction.query("SELECT revision, COUNT(*) FROM change WHERE zone_id = ? GROUP BY revision "
                                        "ORDER BY revision DESC",
                                        zone);
        while (auto const row = counts.next()) {
            kept += row->integer(1);
            if (kept <= most) continue;
            base = row->integer(0);
            break;
        }
    }
    if (base < 0) return;
    transaction.exec("DELETE FROM change WHERE zone_id = ? AND revision <= ?", zone, base);
    transaction.exec("UPDATE zone SET base_revision = ? WHERE zone_id = ?", base, zone);
}
} // namespace

ZoneEdit& ChangeSet::edit(ZoneHead const& head)
{
    auto [place, is_new] = open_.try_emplace(head.id);
    auto& open = place->second;
    if (is_new) {
        open.edit = std::make_unique<ZoneEdit>(transaction_, head);
        if (auto const soa = soa_of(*open.edit)) open.serial = soa_serial(soa->rdata);
    }
    return *open.edit;
}

ZoneEdit& ChangeSet::create(std::string const& name, ZoneKind kind)
{
    std::int64_t const id = base::random_key();
    transaction_.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                      "VALUES (?, ?, ?, 0, 0, ?)",
                      id, name, kind_text(kind), base::system_clock().now());
    auto const head = read_zone(transaction_, id);
    if (is_reverse_name(name)) reverse_changes_.push_back(head->wire_name);
    return edit(*head);
}

void ChangeSet::drop(ZoneHead const& head)
{
    auto& zone = edit(head);
    zone.erase_all();
    if (is_reverse_name(head.name)) reverse_changes_.push_back(head.wire_name);
    freed_addresses_.insert(zone.touched_addresses().begin(), zone.touched_addresses().end());
    open_.erase(head.id);
    transaction_.exec("DELETE FROM zone WHERE zone_id = ?", head.id);
}

void ChangeSet::finish()
{
    for (auto& [id, open] : open_) follow_own_records(*open.edit, base::system_clock().now());
    settle_pointers();
    for (auto& [id, open] : open_)
        if (open.edit->is_changed()) finish_zone(open);
}

void ChangeSet::settle_pointers()
{
    Pointers pointers(transaction_, *this);
    if (!pointers.has_zones()) return;
    for (auto& [id, open] : open_) pointers.follow(*open.edit);
    for (auto const& address : freed_addresses_) pointers.follow_address(address);
    for (auto const& zone : reverse_changes_) pointers.follow_below(zone);
    pointers.settle();
}

void ChangeSet::finish_zone(Open& open)
{
    auto& edit = *open.edit;
    edit.reread_head(); // `signing` may have been switched by this very change
    bool const waits = edit.head().kind == ZoneKind::secondary && edit.at("").empty();
    if (!waits) {
        if (edit.at("", type::soa).size() != 1)
            throw base::Failure(base::refused(edit.head().name, "a zone has exactly one SOA record"));
        if (edit.at("", type::ns).empty())
            throw base::Failure(base::refused(edit.head().name, "a zone needs at least one NS record",
                                              "add the new name server before you delete the old one"));
        if (edit.head().kind != ZoneKind::secondary) raise_serial(open);
        if (edit.head().signing != Signing::off) sign(edit);
    }
    publish(edit);
}

/// A serial that the change itself has raised stays (a zone file with a newer one).
void ChangeSet::raise_serial(Open& open)
{
    auto& edit = *open.edit;
    auto const soa = *soa_of(edit);
    auto const current = soa_serial(soa.rdata);
    if (open.serial && is_newer_serial(current, *open.serial)) return;
    if (!open.serial && current != 0) return;
    auto const old = open.serial.value_or(0);
    auto const next = edit.head().counts_serial ? old + 1 : next_serial(old, base::system_clock().now());
    auto raised = soa;
    raised.rdata = with_serial(soa.rdata, next == 0 ? 1 : next);
    edit.erase(soa);
    edit.insert(raised);
}

void ChangeSet::sign(ZoneEdit& edit)
{
    if (!signer_)
        throw base::Failure(base::refused(edit.head().name,
                                          "the zone is signed, and its keys cannot be read from here",
                                          "run the command as root on the appliance"));
    signer_->sign_changes(edit);
}

void ChangeSet::publish(ZoneEdit& edit)
{
    auto const& head = edit.head();
    auto const revision = head.revision + 1;
    transaction_.exec("UPDATE zone SET revision = ?, base_revision = ? WHERE zone_id = ?", revision,
                      edit.is_replaced() ? revision : head.base_revision, head.id);
    if (revision % revisions_between_looks == 0 || edit.noted() > shortest_journal / 2)
        shorten_journal(transaction_, head.id);
}

} // namespace dnsd
