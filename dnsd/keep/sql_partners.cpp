#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/update.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
constexpr std::string_view states[] = {"good", "waiting", "expired"};

ZoneState state_from(std::string_view text)
{
    return text == states[1] ? ZoneState::waiting : text == states[2] ? ZoneState::expired : ZoneState::good;
}

/// "sch.id", "sch.id." and "192.168.10.0/24" as the zone's stored name.
std::string absolute(std::string_view zone)
{
    if (auto const network = net::Network::parse(zone); network && zone.find('/') != std::string_view::npos)
        if (auto reverse = reverse_zone(*network)) return *reverse;
    auto name = base::lower(zone);
    if (!name.ends_with('.')) name += '.';
    return name;
}

/// Throws a refusal when there is no such zone.
ZoneHead must_find(db::Reader& reader, std::string_view zone)
{
    auto found = read_zone(reader, absolute(zone));
    if (!found)
        throw base::Failure(
            base::refused(std::string(zone), "there is no such zone", "see the list of zones ('dns zones')"));
    return std::move(*found);
}

net::Endpoint endpoint_of(std::string_view text) { return net::Endpoint::parse(text).value_or(net::Endpoint{}); }

/// Runs the work; a refusal thrown in it becomes the result.
template <class Work>
base::Result<void> refusable(db::Database& dns, Work const& work)
{
    try {
        dns.run(work);
        return {};
    } catch (base::Failure const& failure) {
        return failure.error();
    }
}

/// What cannot be understood would allow nothing, and nobody would know why.
void must_be_understood(UpdateKey const& key, ZoneHead const& zone)
{
    for (auto const& pattern : base::split_list(key.names))
        if (pattern != "*" && !name_of_pattern(pattern, zone.wire_name))
            throw base::Failure(
                base::refused(pattern, "this is no name in the zone", "write for example pc1, *.lab or *"));
    for (auto const& name : base::split_list(key.types))
        if (name != "*" && !read_type(name))
            throw base::Failure(base::refused(name, "there is no record type of that name"));
}

std::int64_t insert_zone(db::Transaction& transaction, std::string const& name, char const* kind, ZoneState state)
{
    auto const wire = wire_name(name);
    if (wire.fault != NameFault::none || name == ".")
        throw base::Failure(base::refused(name, "this is no name for a zone", "check its dots and letters"));
    if (read_zone(transaction, name))
        throw base::Failure(base::refused(name, "there is a zone of that name already", "delete it first"));
    auto const id = base::random_key();
    transaction.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created, state) "
                     "VALUES (?, ?, ?, 1, 1, ?, ?)",
                     id, name, kind, base::system_clock().now(), states[static_cast<std::size_t>(state)]);
    return id;
}
} // namespace

std::optional<net::Endpoint> parse_server(std::string_view text)
{
    if (auto endpoint = net::Endpoint::parse(text)) return endpoint;
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (auto const address = net::IpAddress::parse(text)) return net::Endpoint{*address, dns_port};
    return std::nullopt;
}

base::Result<void> Partners::add_secondary(Secondary const& secondary)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        auto const zone = must_find(transaction, secondary.zone);
        transaction.exec("INSERT INTO secondary (zone_id, address, key) VALUES (?, ?, ?) "
                         "ON CONFLICT (zone_id, address) DO UPDATE SET key = excluded.key",
                         zone.id, secondary.address.show(), secondary.key);
    });
}

base::Result<void> Partners::delete_secondary(std::string_view name, net::Endpoint const& address)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        auto const zone = must_find(transaction, name);
        if (transaction.exec("DELETE FROM secondary WHERE zone_id = ? AND address = ?", zone.id, address.show()) == 0)
            throw base::Failure(base::refused(address.show(), "this is no secondary of the zone",
                                              "see 'kotakpos dns secondary list'"));
    });
}

std::vector<Secondary> Partners::secondaries()
{
    return dns_.read([](db::Reader& reader) {
        std::vector<Secondary> all;
        auto rows =
            reader.query("SELECT zone.name, secondary.address, secondary.key FROM secondary "
                         "JOIN zone ON zone.zone_id = secondary.zone_id ORDER BY zone.name, secondary.address");
        while (auto const row = rows.next()) all.push_back({row->text(0), endpoint_of(row->view(1)), row->text(2)});
        return all;
    });
}

base::Result<void> Partners::add_secondary_zone(PrimaryServer const& primary)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        auto const id = insert_zone(transaction, absolute(primary.zone), "secondary", ZoneState::waiting);
        transaction.exec("INSERT INTO primary_server (zone_id, address, key) VALUES (?, ?, ?)", id,
                         primary.address.show(), primary.key);
    });
}

std::vector<PrimaryServer> Partners::primaries()
{
    return dns_.read([](db::Reader& reader) {
        std::vector<PrimaryServer> all;
        auto rows = reader.query("SELECT zone.name, address, key, refreshed, trouble, zone.state FROM primary_server "
                                 "JOIN zone ON zone.zone_id = primary_server.zone_id ORDER BY zone.name");
        while (auto const row = rows.next())
            all.push_back({row->text(0), endpoint_of(row->view(1)), row->text(2), row->integer(3), row->text(4),
                           state_from(row->view(5))});
        return all;
    });
}

base::Result<void> Partners::allow_update(UpdateKey const& key)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        auto const zone = must_find(transaction, key.zone);
        if (zone.kind != ZoneKind::primary)
            throw base::Failure(base::refused(zone.name, "this zone is made elsewhere", "allow updates there"));
        must_be_understood(key, zone);
        transaction.exec("INSERT INTO update_key (zone_id, key, names, types) VALUES (?, ?, ?, ?) "
                         "ON CONFLICT (zone_id, key) DO UPDATE SET names = excluded.names, types = excluded.types",
                         zone.id, key.key, key.names, key.types);
    });
}

base::Result<void> Partners::forbid_update(std::string_view name, std::string_view key)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        auto const zone = must_find(transaction, name);
        if (transaction.exec("DELETE FROM update_key WHERE zone_id = ? AND key = ?", zone.id, key) == 0)
            throw base::Failure(base::refused(std::string(key), "this key may not update the zone",
                                              "see 'kotakpos dns update list'"));
    });
}

std::vector<UpdateKey> Partners::update_keys()
{
    return dns_.read([](db::Reader& reader) {
        std::vector<UpdateKey> all;
        auto rows = reader.query("SELECT zone.name, key, names, types FROM update_key "
                                 "JOIN zone ON zone.zone_id = update_key.zone_id ORDER BY zone.name, key");
        while (auto const row = rows.next()) all.push_back({row->text(0), row->text(1), row->text(2), row->text(3)});
        return all;
    });
}

base::Result<void> Partners::add_catalog(std::string_view zone)
{
    return refusable(dns_, [&](db::Transaction& transaction) {
        insert_zone(transaction, absolute(zone), "catalog", ZoneState::waiting);
    });
}

ZoneState state_of(db::Reader& reader, std::int64_t zone)
{
    return state_from(reader.text("SELECT state FROM zone WHERE zone_id = ?", zone).value_or(""));
}

std::vector<Secondary> secondaries_of(db::Reader& reader, ZoneHead const& zone)
{
    std::vector<Secondary> all;
    auto rows = reader.query("SELECT address, key FROM secondary JOIN zone ON zone.zone_id = secondary.zone_id "
                             "WHERE zone.zone_id = ? OR (zone.kind = 'catalog' AND ?)",
                             zone.id, zone.kind == ZoneKind::primary);
    while (auto const row = rows.next()) {
        Secondary found{zone.name, endpoint_of(row->view(0)), row->text(1)};
        bool known = false;
        for (auto const& other : all) known = known || (other.address == found.address && other.key == found.key);
        if (!known) all.push_back(std::move(found));
    }
    return all;
}

std::optional<PrimaryServer> primary_of(db::Reader& reader, std::int64_t zone)
{
    auto rows = reader.query("SELECT zone.name, address, key, refreshed, trouble, zone.state FROM primary_server "
                             "JOIN zone ON zone.zone_id = primary_server.zone_id WHERE zone.zone_id = ?",
                             zone);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    return PrimaryServer{row->text(0), endpoint_of(row->view(1)), row->text(2), row->integer(3),
                         row->text(4), state_from(row->view(5))};
}

std::optional<UpdateKey> update_key_of(db::Reader& reader, std::int64_t zone, std::string_view key)
{
    auto rows = reader.query("SELECT zone.name, key, names, types FROM update_key "
                             "JOIN zone ON zone.zone_id = update_key.zone_id WHERE zone.zone_id = ? AND key = ?",
                             zone, key);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    return UpdateKey{row->text(0), row->text(1), row->text(2), row->text(3)};
}

void set_state(db::Transaction& transaction, std::int64_t zone, ZoneState state)
{
    transaction.exec("UPDATE zone SET state = ?, revision = revision + 1 WHERE zone_id = ? AND state <> ?",
                     states[static_cast<std::size_t>(state)], zone, states[static_cast<std::size_t>(state)]);
}

void note_refresh(db::Transaction& transaction, std::int64_t zone, base::Timestamp refreshed,
                  std::string_view trouble)
{
    transaction.exec("UPDATE primary_server SET refreshed = MAX(refreshed, ?), trouble = ? WHERE zone_id = ?",
                     refreshed, trouble, zone);
}

} // namespace dnsd
