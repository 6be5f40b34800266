#include "dnsd/zone/sql_zones.h"

#include "appliance/base/error.h"

namespace dnsd::sql
{

namespace
{
// ---------------------------------------------------------------------------------------------------------

Record record_of(db::Row const& row)
{
    return {row.text(0), row.text(1), static_cast<std::uint32_t>(row.integer(2)), row.text(3), false};
}

std::vector<Record> all_of(db::Rows rows)
{
    std::vector<Record> records;
    while (auto const row = rows.next()) records.push_back(record_of(*row));
    return records;
}
} // namespace

std::vector<Record> zone_records(db::Reader& reader, std::int64_t zone)
{
    return all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records WHERE zone_id = ?", zone));
}

std::vector<Record> records_at(db::Reader& reader, std::int64_t zone, std::string const& owner)
{
    return all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records WHERE zone_id = ? AND owner = ?",
                               zone, owner));
}

std::vector<ZoneRow> all_zones(db::Reader& reader)
{
    std::vector<ZoneRow> zones;
    auto rows = reader.query("SELECT id, name, revision FROM zones ORDER BY name");
    while (auto const row = rows.next()) zones.push_back({row->integer(0), row->text(1), row->integer(2)});
    return zones;
}

/// "sch.id", "sch.id." and "192.168.10.0/24" as the zone's stored name.
base::Result<std::string> zone_name(std::string_view text)
{
    if (text.find('/') != std::string_view::npos) {
        auto const network = net::Network::parse(text);
        auto const reverse = network ? reverse_zone(*network) : std::nullopt;
        if (reverse) return *reverse;
        return base::refused(std::string(text), "this is not a network", "write for example 192.168.20.0/24");
    }
    return absolute_name(text, "");
}

std::optional<ZoneRow> find_zone(db::Reader& reader, std::string const& name)
{
    auto rows = reader.query("SELECT id, name, revision FROM zones WHERE name = ?", name);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    return ZoneRow{row->integer(0), row->text(1), row->integer(2)};
}

ZoneRow must_find_zone(db::Reader& reader, std::string_view name)
{
    auto const absolute = zone_name(name).value();
    auto const zone = find_zone(reader, absolute);
    if (!zone)
        throw base::Failure(base::refused(absolute, "there is no such zone", "'kotakpos dns zones' lists them"));
    return *zone;
}

std::optional<std::string> first_forward_zone(db::Reader& reader)
{
    auto rows = reader.query("SELECT name FROM zones ORDER BY created, name");
    while (auto const row = rows.next())
        if (auto name = row->text(0); !is_reverse_name(name)) return name;
    return std::nullopt;
}

/// What is needed to know which PTRs follow: address records of all zones, and who is a server.
PointerSource pointer_source(db::Reader& reader)
{
    PointerSource source;
    for (auto const& zone : all_zones(reader)) {
        if (is_reverse_name(zone.name)) continue;
        source.add_zone(zone.name, all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records "
                                                       "WHERE zone_id = ? AND type IN ('A', 'AAAA', 'MX', 'NS')",
                                                       zone.id)));
    }
    return source;
}

std::vector<Record> with_pointers(db::Reader& reader, ZoneRow const& zone)
{
    auto records = zone_records(reader, zone.id);
    if (!is_reverse_name(zone.name)) return records;
    auto derived = pointer_source(reader).pointers(zone.name, records);
    records.insert(records.end(), derived.begin(), derived.end());
    return records;
}

std::vector<Record> references(db::Reader& reader, std::int64_t zone)
{
    return all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records "
                               "WHERE zone_id = ? AND type IN ('NS', 'MX')",
                               zone));
}

std::optional<Record> soa_of(db::Reader& reader, ZoneRow const& zone)
{
    for (auto& record : records_at(reader, zone.id, zone.name))
        if (record.type == "SOA") return std::move(record);
    return std::nullopt;
}

bool exists(db::Reader& reader, ZoneRow const& zone, Record const& record)
{
    return reader
        .number("SELECT 1 FROM zone_records WHERE zone_id = ? AND owner = ? AND type = ? AND rdata = ?", zone.id,
                record.owner, record.type, record.rdata)
        .has_value();
}

} // namespace dnsd::sql
