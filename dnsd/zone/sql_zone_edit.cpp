#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_edit.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
Row copy_of(RowView const& view)
{
    return {std::string(view.owner), view.type, std::string(view.rdata), view.ttl, view.origin};
}

/// Columns: owner, type, rdata, ttl, origin.
Row row_of(db::Row const& row)
{
    return {row.text(0), static_cast<std::uint16_t>(row.integer(1)), row.text(2),
            static_cast<std::uint32_t>(row.integer(3)), static_cast<Origin>(row.integer(4))};
}

std::optional<std::string> first_name(db::Rows rows)
{
    auto const row = rows.next();
    return row ? std::optional(row->text(0)) : std::nullopt;
}
} // namespace

ZoneEdit::ZoneEdit(db::Transaction& transaction, ZoneHead head)
    : transaction_(transaction), head_(std::move(head)), replaced_(head_.revision == 0)
{
}

void ZoneEdit::reread_head()
{
    if (auto head = read_zone(transaction_, head_.id)) head_ = std::move(*head);
}

std::vector<Row> ZoneEdit::at(std::string_view owner)
{
    std::vector<Row> rows;
    read_rows_at(transaction_, head_.id, owner, [&](RowView const& row) { rows.push_back(copy_of(row)); });
    return rows;
}

std::vector<Row> ZoneEdit::at(std::string_view owner, std::uint16_t type)
{
    std::vector<Row> rows;
    read_rows_at(transaction_, head_.id, owner, type, [&](RowView const& row) { rows.push_back(copy_of(row)); });
    return rows;
}

bool ZoneEdit::has_names_below(std::string_view owner)
{
    auto const end = key_after_all_below(owner);
    return transaction_
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner > ? AND owner < ? LIMIT 1", head_.id,
                db::Blob{owner}, db::Blob{end})
        .has_value();
}

std::optional<Row> ZoneEdit::first_below(std::string_view owner, bool but_addresses)
{
    auto const end = key_after_all_below(owner);
    auto rows = transaction_.query("SELECT owner, type, rdata, ttl, origin FROM record WHERE zone_id = ? "
                                   "AND owner > ? AND owner < ? AND origin = 0 AND NOT (? AND type IN (1, 28)) "
                                   "ORDER BY owner, type, rdata LIMIT 1",
                                   head_.id, db::Blob{owner}, db::Blob{end}, but_addresses);
    auto const row = rows.next();
    return row ? std::optional(row_of(*row)) : std::nullopt;
}

std::optional<std::string> ZoneEdit::name_before(std::string_view owner)
{
    return first_name(transaction_.query("SELECT owner FROM record WHERE zone_id = ? AND owner < ? "
                                         "AND type NOT IN (46, 47, 50) ORDER BY owner DESC LIMIT 1",
                                         head_.id, db::Blob{owner}));
}

std::optional<std::string> ZoneEdit::name_after(std::string_view owner)
{
    return first_name(transaction_.query("SELECT owner FROM record WHERE zone_id = ? AND owner > ? "
                                         "AND type NOT IN (46, 47, 50) ORDER BY owner LIMIT 1",
                                         head_.id, db::Blob{owner}));
}

std::vector<Row> ZoneEdit::pointing_at(std::string_view name)
{
    std::vector<Row> rows;
    auto found = transaction_.query(
        "SELECT owner, type, rdata, ttl, origin FROM record INDEXED BY record_by_target WHERE zone_id = ? "
        "AND (CASE type WHEN 2 THEN rdata WHEN 15 THEN substr(rdata, 3) ELSE substr(rdata, 7) END) = ? "
        "AND type IN (2, 15, 33)",
        head_.id, db::Blob{name});
    while (auto const row = found.next()) rows.push_back(row_of(*row));
    return rows;
}

void ZoneEdit::for_each(std::function<void(Row const&)> const& each)
{
    read_rows(transaction_, head_.id, [&](RowView const& row) { each(copy_of(row)); });
}

bool ZoneEdit::insert(Row const& row)
{
    auto const added =
        transaction_.exec("INSERT INTO record (zone_id, owner, type, rdata, ttl, origin) VALUES (?, ?, ?, ?, ?, ?) "
                          "ON CONFLICT DO NOTHING",
                          head_.id, db::Blob{row.owner}, unsigned{row.type}, db::Blob{row.rdata}, row.ttl,
                          static_cast<int>(row.origin));
    if (added > 0) {
        note(true, row);
        return true;
    }
    for (auto const& old : at(row.owner, row.type))
        if (old.rdata == row.rdata) return replace(old, row);
    return false;
}

bool ZoneEdit::replace(Row const& old, Row const& row)
{
    if (old == row) return false;
    transaction_.exec("UPDATE record SET ttl = ?, origin = ? WHERE zone_id = ? AND owner = ? AND type = ? "
                      "AND rdata = ?",
                      row.ttl, static_cast<int>(row.origin), head_.id, db::Blob{row.owner}, unsigned{row.type},
                      db::Blob{row.rdata});
    if (old.ttl != row.ttl) {
        note(false, old);
        note(true, row);
    }
    return true;
}

bool ZoneEdit::erase(Row const& row)
{
    // Copies know what they have by owner, type and data; IXFR wants the old TTL.
    auto const ttl =
        transaction_.number("SELECT ttl FROM record WHERE zone_id = ? AND owner = ? AND type = ? AND rdata = ?",
                            head_.id, db::Blob{row.owner}, unsigned{row.type}, db::Blob{row.rdata});
    if (!ttl) return false;
    transaction_.exec("DELETE FROM record WHERE zone_id = ? AND owner = ? AND type = ? AND rdata = ?", head_.id,
                      db::Blob{row.owner}, unsigned{row.type}, db::Blob{row.rdata});
    Row gone = row;
    gone.ttl = static_cast<std::uint32_t>(*ttl);
    note(false, gone);
    return true;
}

void ZoneEdit::erase_all()
{
    for_each([&](Row const& row) { remember(row); });
    transaction_.exec("DELETE FROM record WHERE zone_id = ?", head_.id);
    give_up_journal();
    emptied_ = true;
}

/// The journal is longer than the zone is worth: copies are read anew.
void ZoneEdit::give_up_journal()
{
    transaction_.exec("DELETE FROM change WHERE zone_id = ?", head_.id);
    replaced_ = true;
}

void ZoneEdit::note(bool added, Row const& row)
{
    touched_.insert(row.owner);
    remember(row);
    if (replaced_) return;
    transaction_.exec("INSERT INTO change (zone_id, revision, number, added, owner, type, rdata, ttl) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                      head_.id, head_.revision + 1, next_number_, added, db::Blob{row.owner}, unsigned{row.type},
                      db::Blob{row.rdata}, row.ttl);
    if (next_number_++ == next_look_) look_at_size();
}

/// Once in a while, so that one huge change does not write everything twice.
void ZoneEdit::look_at_size()
{
    next_look_ *= 2;
    auto const size = transaction_.number("SELECT COUNT(*) FROM record WHERE zone_id = ?", head_.id).value_or(0);
    if (next_number_ > std::max(shortest_journal, size / 2)) give_up_journal();
}

void ZoneEdit::remember(Row const& row)
{
    if (row.type == type::a || row.type == type::aaaa) touched_addresses_.insert(row.rdata);
    if (row.type == type::ns || row.type == type::mx) touched_servers_.emplace(target_of(row.type, row.rdata));
}

} // namespace dnsd
