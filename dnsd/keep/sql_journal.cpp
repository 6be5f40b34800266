#include "dnsd/keep/journal.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"

#include <map>
#include <tuple>

namespace dnsd
{

namespace
{
struct OldSoa {
    std::int64_t revision = 0;
    Row row;
};

/// The revision that replaced the SOA with that serial: the newest one, should a serial have come twice.
std::optional<OldSoa> find_old_soa(db::Reader& reader, std::int64_t zone, std::uint32_t serial)
{
    std::optional<OldSoa> found;
    auto rows = reader.query("SELECT revision, rdata, ttl FROM change WHERE zone_id = ? AND type = 6 AND added = 0 "
                             "ORDER BY revision",
                             zone);
    while (auto const row = rows.next()) {
        if (soa_serial(row->view(1)) != serial) continue;
        found = OldSoa{row->integer(0),
                       {"", type::soa, row->text(1), static_cast<std::uint32_t>(row->integer(2)), Origin::written}};
    }
    return found;
}

/// What became of one record over several revisions.
struct Fate {
    std::optional<std::uint32_t> before; ///< its TTL where it was there
    std::optional<std::uint32_t> after;
};
using Fates = std::map<std::tuple<std::string, std::uint16_t, std::string>, Fate>;
} // namespace

std::optional<Difference> difference_since(db::Reader& reader, std::int64_t zone, std::uint32_t serial)
{
    auto old = find_old_soa(reader, zone, serial);
    if (!old) return std::nullopt;
    Fates fates;
    read_changes(reader, zone, old->revision - 1, [&](ChangeView const& change) {
        if (change.row.type == type::soa) return;
        auto const [place, first] =
            fates.try_emplace({std::string(change.row.owner), change.row.type, std::string(change.row.rdata)});
        auto& fate = place->second;
        if (first && !change.added) fate.before = change.row.ttl;
        fate.after = change.added ? std::optional(change.row.ttl) : std::nullopt;
    });
    Difference difference{std::move(old->row), {}, {}};
    for (auto const& [record, fate] : fates) {
        if (fate.before == fate.after) continue;
        auto const& [owner, type, rdata] = record;
        if (fate.before) difference.removed.push_back({owner, type, rdata, *fate.before, Origin::written});
        if (fate.after) difference.added.push_back({owner, type, rdata, *fate.after, Origin::written});
    }
    return difference;
}

} // namespace dnsd
