#include "dnsd/keep/catalog.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/partners.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

namespace dnsd
{

namespace
{
/// Nobody resolves names of a catalog: its records need no care of caches (RFC 9432 section 4.1).
constexpr std::uint32_t no_cache = 0;
constexpr std::string_view invalid{"\7invalid\0", 9};

/// One label that stays the same as long as the zone exists (RFC 9432 section 5.4 rests on it).
std::string member_label(std::int64_t id)
{
    char text[20] = "";
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(id));
    return text;
}

Row first_catalog_soa()
{
    std::string rdata = std::string(invalid) + std::string(invalid);
    for (std::uint32_t const number : {0U, 3600U, 600U, 2147483646U, 0U}) // serial to minimum
        for (int shift = 24; shift >= 0; shift -= 8) rdata += static_cast<char>(number >> shift & 0xFFU);
    return {"", type::soa, std::move(rdata), no_cache, Origin::written};
}

struct Catalog {
    ZoneHead zone;
    std::vector<Row> rows;
};

/// The catalogs that are not as they should be.
std::vector<Catalog> look(db::Reader& reader)
{
    auto const zones = read_zones(reader);
    std::vector<CatalogMember> members;
    for (auto const& zone : zones)
        if (zone.kind == ZoneKind::primary) members.push_back({zone.id, zone.wire_name});
    std::vector<Catalog> wrong;
    for (auto const& zone : zones) {
        if (zone.kind != ZoneKind::catalog) continue;
        auto rows = catalog_rows(zone.wire_name, members);
        std::vector<Row> have;
        bool has_soa = false;
        read_rows(reader, zone.id, [&](RowView const& row) {
            has_soa = has_soa || row.type == type::soa;
            if (row.type != type::soa)
                have.push_back({std::string(row.owner), row.type, std::string(row.rdata), row.ttl, row.origin});
        });
        if (!has_soa || have != rows) wrong.push_back({zone, std::move(rows)});
    }
    return wrong;
}

void correct(ZoneEdit& edit, std::vector<Row> const& wanted)
{
    std::vector<Row> gone;
    edit.for_each([&](Row const& row) {
        if (row.type != type::soa && std::find(wanted.begin(), wanted.end(), row) == wanted.end())
            gone.push_back(row);
    });
    for (auto const& row : gone) edit.erase(row);
    for (auto const& row : wanted) edit.insert(row);
    if (edit.at("", type::soa).empty()) edit.insert(first_catalog_soa());
}
} // namespace

std::vector<Row> catalog_rows(std::string const& catalog, std::vector<CatalogMember> const& members)
{
    auto const text = show_name(catalog);
    auto const key = [&](std::string const& name) { return zone_key(must_wire_name(name + "." + text), catalog); };
    std::vector<Row> rows = {{"", type::ns, std::string(invalid), no_cache, Origin::written},
                             {key("version"), type::txt,
                              "\1"
                              "2",
                              no_cache, Origin::written}};
    for (auto const& member : members)
        rows.push_back({key(member_label(member.id) + ".zones"), type::ptr, member.name, no_cache, Origin::written});
    std::sort(rows.begin(), rows.end(), [](Row const& a, Row const& b) {
        return std::tie(a.owner, a.type, a.rdata) < std::tie(b.owner, b.type, b.rdata);
    });
    return rows;
}

void keep_catalogs(db::Database& dns, ZoneStore& zones)
{
    for (auto const& catalog : dns.read([](db::Reader& reader) { return look(reader); })) {
        auto const done = zones.edit(catalog.zone.name, [&](ZoneEdit& edit) { correct(edit, catalog.rows); });
        if (!done) { // the others, and what comes behind them, go on
            base::log(base::Level::error, "", "catalog-trouble",
                      {{"zone", catalog.zone.name}, {"why", done.error().line()}});
            continue;
        }
        dns.run([&](db::Transaction& transaction) { set_state(transaction, catalog.zone.id, ZoneState::good); });
        base::log(base::Level::info, "", "catalog-changed",
                  {{"zone", catalog.zone.name}, {"members", std::to_string(catalog.rows.size() - 2)}});
    }
}

} // namespace dnsd
