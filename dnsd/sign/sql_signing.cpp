#include "dnsd/sign/sql_signing.h"

#include "appliance/base/error.h"
#include "dnsd/zone/zone_key.h"

#include <array>

namespace dnsd::sql
{

namespace
{
struct StateName {
    KeyState state;
    std::string_view name;
};
constexpr std::array<StateName, 5> state_names = {{{KeyState::published, "published"},
                                                   {KeyState::ready, "ready"},
                                                   {KeyState::active, "active"},
                                                   {KeyState::retired, "retired"},
                                                   {KeyState::unused, "unused"}}};

KeyState state_of(std::string_view name)
{
    for (auto const& entry : state_names)
        if (entry.name == name) return entry.state;
    throw base::StoreError(base::StoreFault::corrupt, "signing_key.state: " + std::string(name));
}

std::optional<base::Timestamp> time_at(db::Row const& row, int column)
{
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

std::optional<std::string> first_owner(db::Rows rows)
{
    auto const row = rows.next();
    return row ? std::optional(row->text(0)) : std::nullopt;
}
} // namespace

std::string_view name_of(KeyRole role) { return role == KeyRole::ksk ? "ksk" : "zsk"; }

std::string_view name_of(KeyState state)
{
    for (auto const& entry : state_names)
        if (entry.state == state) return entry.name;
    return {};
}

std::optional<SignedZone> read_signed_zone(db::Reader& reader, std::int64_t zone)
{
    auto rows = reader.query(
        "SELECT algorithm, longest_ttl, pass_began, pass_ended, leaves_at FROM signed_zone WHERE zone_id = ?", zone);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    SignedZone found;
    found.algorithm = static_cast<dnssec::Algorithm>(row->integer(0));
    found.longest_ttl = static_cast<std::uint32_t>(row->integer(1));
    found.pass_began = time_at(*row, 2);
    found.pass_ended = time_at(*row, 3);
    found.leaves_at = time_at(*row, 4);
    return found;
}

void write_signed_zone(db::Transaction& transaction, std::int64_t zone, SignedZone const& signed_zone)
{
    transaction.exec("INSERT INTO signed_zone (zone_id, algorithm, longest_ttl, pass_began, pass_ended, leaves_at) "
                     "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (zone_id) DO UPDATE SET algorithm = excluded.algorithm, "
                     "longest_ttl = excluded.longest_ttl, pass_began = excluded.pass_began, "
                     "pass_ended = excluded.pass_ended, leaves_at = excluded.leaves_at",
                     zone, static_cast<int>(signed_zone.algorithm), signed_zone.longest_ttl, signed_zone.pass_began,
                     signed_zone.pass_ended, signed_zone.leaves_at);
}

void delete_signed_zone(db::Transaction& transaction, std::int64_t zone)
{
    transaction.exec("DELETE FROM signing_key WHERE zone_id = ?", zone);
    transaction.exec("DELETE FROM signed_zone WHERE zone_id = ?", zone);
}

void set_signing(db::Transaction& transaction, std::int64_t zone, Signing signing)
{
    auto const* const name = signing == Signing::off ? "off" : signing == Signing::nsec ? "nsec" : "nsec3";
    transaction.exec("UPDATE zone SET signing = ? WHERE zone_id = ?", name, zone);
}

std::vector<ZoneKey> read_keys(db::Reader& reader, std::int64_t zone)
{
    std::vector<ZoneKey> keys;
    auto rows = reader.query("SELECT tag, role, dnskey, file, state, since, created FROM signing_key "
                             "WHERE zone_id = ? ORDER BY role, created, tag",
                             zone);
    while (auto const row = rows.next())
        keys.push_back({static_cast<std::uint16_t>(row->integer(0)),
                        row->view(1) == "ksk" ? KeyRole::ksk : KeyRole::zsk, row->text(2), row->text(3),
                        state_of(row->view(4)), row->integer(5), row->integer(6)});
    return keys;
}

void insert_key(db::Transaction& transaction, std::int64_t zone, ZoneKey const& key)
{
    transaction.exec("INSERT INTO signing_key (zone_id, tag, role, dnskey, file, state, since, created) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     zone, unsigned{key.tag}, name_of(key.role), db::Blob{key.dnskey}, key.file, name_of(key.state),
                     key.since, key.created);
}

void set_key_state(db::Transaction& transaction, std::int64_t zone, std::uint16_t tag, KeyState state,
                   base::Timestamp since)
{
    transaction.exec("UPDATE signing_key SET state = ?, since = ? WHERE zone_id = ? AND tag = ?", name_of(state),
                     since, zone, unsigned{tag});
}

void delete_key(db::Transaction& transaction, std::int64_t zone, std::uint16_t tag)
{
    transaction.exec("DELETE FROM signing_key WHERE zone_id = ? AND tag = ?", zone, unsigned{tag});
}

std::vector<std::string> key_files(db::Reader& reader)
{
    std::vector<std::string> files;
    auto rows = reader.query("SELECT file FROM signing_key");
    while (auto const row = rows.next()) files.push_back(row->text(0));
    return files;
}

Names read_names(db::Reader& reader, std::int64_t zone, std::string_view from, std::size_t enough)
{
    Names page;
    std::size_t count = 0;
    auto rows = reader.query("SELECT owner, type, rdata, ttl, origin FROM record WHERE zone_id = ? AND owner >= ? "
                             "ORDER BY owner, type, rdata",
                             zone, db::Blob{from});
    while (auto const row = rows.next()) {
        auto const owner = row->view(0);
        if (page.names.empty() || page.names.back().owner != owner) {
            if (count >= enough) {
                page.next = owner;
                return page;
            }
            page.names.push_back({std::string(owner), {}});
        }
        page.names.back().rows.push_back({std::string(owner), static_cast<std::uint16_t>(row->integer(1)),
                                          row->text(2), static_cast<std::uint32_t>(row->integer(3)),
                                          static_cast<Origin>(row->integer(4))});
        ++count;
    }
    return page;
}

bool hides_below(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    return reader
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner = ? AND type IN (2, 39) LIMIT 1", zone,
                db::Blob{owner})
        .has_value();
}

bool has_data_at(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    return reader
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner = ? AND type NOT IN (46, 47, 50) LIMIT 1", zone,
                db::Blob{owner})
        .has_value();
}

bool has_data_below(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    auto const end = key_after_all_below(owner);
    return reader
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner > ? AND owner < ? AND type NOT IN (46, 47, 50) "
                "LIMIT 1",
                zone, db::Blob{owner}, db::Blob{end})
        .has_value();
}

std::vector<std::string> owners_below(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    std::vector<std::string> owners;
    auto const end = key_after_all_below(owner);
    auto rows = reader.query("SELECT DISTINCT owner FROM record WHERE zone_id = ? AND owner > ? AND owner < ?", zone,
                             db::Blob{owner}, db::Blob{end});
    while (auto const row = rows.next()) owners.push_back(row->text(0));
    return owners;
}

// The engine does not choose the index of NSEC3 owners by itself: it takes the primary key for the better order.

std::optional<std::string> denial_before(db::Reader& reader, std::int64_t zone, Signing kind, std::string_view owner)
{
    if (kind == Signing::nsec3)
        return first_owner(reader.query(
            "SELECT owner FROM record INDEXED BY record_nsec3 WHERE zone_id = ? AND owner < ? AND type = 50 "
            "ORDER BY owner DESC LIMIT 1",
            zone, db::Blob{owner}));
    return first_owner(reader.query("SELECT owner FROM record WHERE zone_id = ? AND owner < ? AND type = 47 "
                                    "ORDER BY owner DESC LIMIT 1",
                                    zone, db::Blob{owner}));
}

std::optional<std::string> denial_after(db::Reader& reader, std::int64_t zone, Signing kind, std::string_view owner)
{
    if (kind == Signing::nsec3)
        return first_owner(reader.query(
            "SELECT owner FROM record INDEXED BY record_nsec3 WHERE zone_id = ? AND owner > ? AND type = 50 "
            "ORDER BY owner LIMIT 1",
            zone, db::Blob{owner}));
    return first_owner(reader.query("SELECT owner FROM record WHERE zone_id = ? AND owner > ? AND type = 47 "
                                    "ORDER BY owner LIMIT 1",
                                    zone, db::Blob{owner}));
}

std::optional<std::string> first_denial(db::Reader& reader, std::int64_t zone, Signing kind)
{
    if (kind == Signing::nsec3)
        return first_owner(reader.query(
            "SELECT owner FROM record INDEXED BY record_nsec3 WHERE zone_id = ? AND type = 50 ORDER BY owner LIMIT 1",
            zone));
    return first_owner(
        reader.query("SELECT owner FROM record WHERE zone_id = ? AND type = 47 ORDER BY owner LIMIT 1", zone));
}

std::optional<std::string> last_denial(db::Reader& reader, std::int64_t zone, Signing kind)
{
    if (kind == Signing::nsec3)
        return first_owner(
            reader.query("SELECT owner FROM record INDEXED BY record_nsec3 WHERE zone_id = ? AND type = 50 "
                         "ORDER BY owner DESC LIMIT 1",
                         zone));
    return first_owner(
        reader.query("SELECT owner FROM record WHERE zone_id = ? AND type = 47 ORDER BY owner DESC LIMIT 1", zone));
}

} // namespace dnsd::sql
