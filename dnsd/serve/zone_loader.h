#pragma once
// From the rows of the database to the zones in memory: whole zones, or only the names that a revision touched. Not
// for knowing when (zone_watcher.h).

#include "appliance/base/result.h"
#include "dnsd/serve/zone_set.h"
#include "dnsd/zone/zone_edit.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace db
{
class Reader;
}

namespace dnsd
{

/// Reads one zone from one snapshot. The error says which row cannot be used, or what the zone lacks.
class ZoneReading
{
public:
    ZoneReading(db::Reader& reader, ZoneHead const& head) : reader_(reader), head_(head), maker_(head.wire_name) {}

    /// All rows. `before`: the last version, whose memory is used again where nothing changed.
    base::Result<std::shared_ptr<Zone const>> whole(std::shared_ptr<Zone const> before);
    /// The names touched behind `revision`, which is that of `before`. Reads the whole zone when there are too many.
    base::Result<std::shared_ptr<Zone const>> changed(std::shared_ptr<Zone const> const& before,
                                                      std::int64_t revision);
    bool has_read_all() const { return has_read_all_; }

private:
    base::Result<std::shared_ptr<Zone const>> finish();
    void add_row(std::uint16_t type, std::uint32_t ttl, std::string_view data);

    void start(std::string_view key);
    void begin_owner(std::string_view key);
    void end_owner();
    void reread(std::string_view key);
    void drop(std::string_view key);
    void put(NodeRef node, std::string_view key);
    void add_names_above(std::string_view key);
    void remove_empty_above(std::string_view key);
    void set_wildcard(std::string_view parent_key, bool there);
    void refresh_below(std::string_view key);
    std::uint8_t flags_from_above(std::string_view key) const;
    Node const* find(std::string_view key) const;

    db::Reader& reader_;
    ZoneHead const& head_;
    NodeMaker maker_;
    std::unique_ptr<ZoneChange> change_;
    std::string owner_; ///< key of the name whose rows are coming
    std::string last_;  ///< the one before it, while the whole zone is read
    bool has_rows_ = false;
    bool has_read_all_ = false;
    std::string trouble_;
};

/// Keeps one set of zones equal to the database. A zone that cannot be read keeps its last good version; one without
/// records (a secondary before its first transfer, or expired) has none.
class ZoneLoader
{
public:
    explicit ZoneLoader(CurrentZones& zones) : zones_(zones) {}

    /// Publishes a new set when something changed. Gives the number of names of the zones that were read as a whole.
    /// Throws base::StoreError; then nothing is published, and what was read until then is with the next load.
    std::size_t load(db::Reader& reader);
    /// The database is another one: all zones are read anew, whatever their revisions.
    void forget_revisions();

private:
    struct Loaded {
        std::string wire_name;
        std::int64_t id = 0;
        std::int64_t revision = -1;       ///< of `zone`
        std::int64_t last_tried = -1;     ///< also when it was no good
        std::shared_ptr<Zone const> zone; ///< none: never good
    };

    bool load_zone(db::Reader& reader, ZoneHead const& head);
    void drop_all_but(std::vector<ZoneHead> const& heads);
    void publish();

    CurrentZones& zones_;
    std::map<std::string, Loaded> loaded_; ///< by name
    std::size_t read_whole_ = 0;           ///< names, in this load
    std::size_t changed_ = 0;              ///< zones that are not published yet as they are
    bool names_changed_ = true;            ///< zones have come or gone since the last set
};

} // namespace dnsd
