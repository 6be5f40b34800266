#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
ZoneKind kind_of(std::string_view text)
{
    if (text == "secondary") return ZoneKind::secondary;
    return text == "catalog" ? ZoneKind::catalog : ZoneKind::primary;
}

Signing signing_of(std::string_view text)
{
    if (text == "nsec") return Signing::nsec;
    return text == "nsec3" ? Signing::nsec3 : Signing::off;
}

/// Columns: zone_id, name, kind, revision, base_revision, signing, serial_style.
ZoneHead head_of(db::Row const& row)
{
    ZoneHead head;
    head.id = row.integer(0);
    head.name = row.text(1);
    head.wire_name = must_wire_name(head.name);
    head.kind = kind_of(row.view(2));
    head.revision = row.integer(3);
    head.base_revision = row.integer(4);
    head.signing = signing_of(row.view(5));
    head.counts_serial = row.view(6) == "counter";
    head.is_expired = row.view(7) == "expired";
    return head;
}

std::optional<ZoneHead> first_of(db::Rows rows)
{
    auto const row = rows.next();
    return row ? std::optional(head_of(*row)) : std::nullopt;
}

/// Columns: owner, type, rdata, ttl, origin.
RowView row_of(db::Row const& row)
{
    return {row.view(0), static_cast<std::uint16_t>(row.integer(1)), row.view(2),
            static_cast<std::uint32_t>(row.integer(3)), static_cast<Origin>(row.integer(4))};
}

void give_all(db::Rows rows, EachRow const& each)
{
    while (auto const row = rows.next()) each(row_of(*row));
}
} // namespace

std::vector<ZoneHead> read_zones(db::Reader& reader)
{
    std::vector<ZoneHead> zones;
    auto rows =
        reader.query("SELECT zone_id, name, kind, revision, base_revision, signing, serial_style, state FROM zone "
                     "ORDER BY name");
    while (auto const row = rows.next()) zones.push_back(head_of(*row));
    return zones;
}

std::optional<ZoneHead> read_zone(db::Reader& reader, std::string_view name)
{
    return first_of(reader.query("SELECT zone_id, name, kind, revision, base_revision, signing, serial_style, state "
                                 "FROM zone WHERE name = ?",
                                 name));
}

std::optional<ZoneHead> read_zone(db::Reader& reader, std::int64_t id)
{
    return first_of(reader.query("SELECT zone_id, name, kind, revision, base_revision, signing, serial_style, state "
                                 "FROM zone WHERE zone_id = ?",
                                 id));
}

void read_rows(db::Reader& reader, std::int64_t zone, EachRow const& each)
{
    give_all(reader.query("SELECT owner, type, rdata, ttl, origin FROM record WHERE zone_id = ? "
                          "ORDER BY owner, type, rdata",
                          zone),
             each);
}

void read_rows_at(db::Reader& reader, std::int64_t zone, std::string_view owner, EachRow const& each)
{
    give_all(reader.query("SELECT owner, type, rdata, ttl, origin FROM record WHERE zone_id = ? AND owner = ? "
                          "ORDER BY type, rdata",
                          zone, db::Blob{owner}),
             each);
}

void read_rows_at(db::Reader& reader, std::int64_t zone, std::string_view owner, std::uint16_t type,
                  EachRow const& each)
{
    give_all(reader.query("SELECT owner, type, rdata, ttl, origin FROM record WHERE zone_id = ? AND owner = ? "
                          "AND type = ? ORDER BY rdata",
                          zone, db::Blob{owner}, unsigned{type}),
             each);
}

bool has_rows_below(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    auto const end = key_after_all_below(owner);
    return reader
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner > ? AND owner < ? LIMIT 1", zone, db::Blob{owner},
                db::Blob{end})
        .has_value();
}

void read_owners_below(db::Reader& reader, std::int64_t zone, std::string_view owner,
                       std::function<void(std::string_view owner)> const& each)
{
    auto const end = key_after_all_below(owner);
    auto rows = reader.query("SELECT DISTINCT owner FROM record WHERE zone_id = ? AND owner > ? AND owner < ? "
                             "ORDER BY owner",
                             zone, db::Blob{owner}, db::Blob{end});
    while (auto const row = rows.next()) each(row->view(0));
}

void read_touched(db::Reader& reader, std::int64_t zone, std::int64_t revision,
                  std::function<void(std::string_view owner)> const& each)
{
    auto rows = reader.query("SELECT DISTINCT owner FROM change WHERE zone_id = ? AND revision > ? ORDER BY owner",
                             zone, revision);
    while (auto const row = rows.next()) each(row->view(0));
}

void read_changes(db::Reader& reader, std::int64_t zone, std::int64_t revision,
                  std::function<void(ChangeView const&)> const& each)
{
    auto rows = reader.query("SELECT owner, type, rdata, ttl, 0, revision, added FROM change "
                             "WHERE zone_id = ? AND revision > ? ORDER BY revision, number",
                             zone, revision);
    while (auto const row = rows.next()) each({row->integer(5), row->integer(6) != 0, row_of(*row)});
}

} // namespace dnsd
