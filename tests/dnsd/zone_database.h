#pragma once
// Zones in a real database, read by the real loader.

#include "appliance/db/database.h"
#include "dnsd/serve/zone_loader.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_edit.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "dnsd/zone/zone_text.h"
#include "tests/support/temp_folder.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support
{

/// A database with zones as they are written, without the checks that people's changes pass.
class ZoneDatabase
{
public:
    ZoneDatabase() : database_(std::make_unique<db::Database>(db::Options{path(), "dns"})) {}

    std::string path() const { return folder_ / "dns.db"; }
    db::Database& database() { return *database_; }

    /// A zone of zone-file lines; it may be empty.
    void add_zone(std::string const& name, std::string const& text = "")
    {
        database_->run([&](db::Transaction& t) {
            auto const id = t.number("SELECT COALESCE(MAX(zone_id), 0) + 1 FROM zone").value();
            t.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                   "VALUES (?, ?, 'primary', 0, 0, 0)",
                   id, name);
        });
        edit(name, [&](dnsd::ZoneEdit& zone) {
            for (auto const& row : rows(name, text)) zone.insert(row);
        });
    }
    void delete_zone(std::string const& name)
    {
        database_->run([&](db::Transaction& t) {
            auto const id = dnsd::read_zone(t, name).value().id;
            t.exec("DELETE FROM change WHERE zone_id = ?", id);
            t.exec("DELETE FROM record WHERE zone_id = ?", id);
            t.exec("DELETE FROM zone WHERE zone_id = ?", id);
        });
    }

    /// One revision.
    void edit(std::string const& name, std::function<void(dnsd::ZoneEdit&)> const& work)
    {
        database_->run([&](db::Transaction& t) {
            dnsd::ZoneEdit zone(t, dnsd::read_zone(t, name).value());
            work(zone);
            t.exec("UPDATE zone SET revision = revision + 1 WHERE name = ?", name);
        });
    }
    void add(std::string const& zone, std::string const& text)
    {
        edit(zone, [&](dnsd::ZoneEdit& to) {
            for (auto const& row : rows(zone, text)) to.insert(row);
        });
    }
    void remove(std::string const& zone, std::string const& text)
    {
        edit(zone, [&](dnsd::ZoneEdit& from) {
            for (auto const& row : rows(zone, text)) from.erase(row);
        });
    }

    /// Lines that are no records are left out.
    static std::vector<dnsd::Row> rows(std::string const& zone, std::string const& text)
    {
        auto const apex = dnsd::must_wire_name(zone);
        std::vector<dnsd::Row> rows;
        for (auto const& [line, wire] : dnsd::parse_zone_text(text, zone).records) {
            if (!dnsd::is_below_or_same(wire.owner, apex)) continue;
            auto const ttl = wire.ttl == dnsd::no_ttl ? 3600 : wire.ttl;
            rows.push_back({dnsd::zone_key(wire.owner, apex), wire.type, wire.rdata, ttl, dnsd::Origin::written});
        }
        return rows;
    }

    /// What a freshly started server would serve.
    dnsd::ZoneSet read()
    {
        dnsd::CurrentZones zones;
        dnsd::ZoneLoader loader(zones);
        load(loader);
        return *zones.get();
    }
    void load(dnsd::ZoneLoader& loader)
    {
        database_->read([&](db::Reader& reader) { return loader.load(reader); });
    }

private:
    TempFolder folder_;
    std::unique_ptr<db::Database> database_;
};

} // namespace support
