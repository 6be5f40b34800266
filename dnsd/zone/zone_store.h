#pragma once
// The zones of the school and their records, as people and programs change them. Not for answering (zone_set.h).

#include "appliance/base/result.h"
#include "dnsd/zone/record.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace db
{
class Database;
}

namespace dnsd
{

struct ZoneInfo {
    std::string name; ///< "smkn1pendalian.sch.id."
    std::uint32_t serial = 0;
    std::size_t records = 0;
    bool reverse = false;
    std::int64_t revision = 0; ///< goes up with every change
};

/// A whole zone to be made: its records include the SOA and at least one NS.
struct ZoneDraft {
    std::string name;
    std::vector<Record> records;
};

/// Which records: all of a name, all of one type, or exactly one. Empty fields match everything.
struct RecordFilter {
    std::string owner;
    std::string type;
    std::string rdata;
};

/// A line of a zone file that was not taken.
struct RefusedLine {
    std::size_t line = 0;
    std::string text;
    base::Error error;
};

/// What an import did. With refused lines nothing was changed.
struct ImportReport {
    std::string zone;
    bool created = false;  ///< the zone was not there before
    bool replaced = false; ///< the file had a SOA: it is the whole zone now
    std::size_t added = 0;
    std::size_t removed = 0;
    std::vector<RefusedLine> refused;
};

/// A zone as dnsd loads it, derived PTRs included.
struct ZoneContents {
    std::string name;
    std::int64_t revision = 0;
    std::vector<Record> records;
};
struct ZoneChanges {
    std::vector<std::string> names;    ///< of all zones there are
    std::vector<ZoneContents> changed; ///< those that differ; reverse zones too when a forward zone differs
};

/// Interface to the zones of the school database. Zone names may be given with or without the last dot. Every change
/// raises the zone's serial (YYYYMMDDnn) in the same transaction and is served by dnsd within 0.1 s. Refusals
/// (base::refused) carry the record in `what` and fixed, translatable sentences in `why` and `to_do`. Functions may
/// be called from any thread and throw base::StoreError when the store fails.
class ZoneStore
{
public:
    virtual ~ZoneStore() = default;

    /// Sorted: forward zones first, then reverse zones, each by name.
    virtual std::vector<ZoneInfo> zones() = 0;
    /// The zone that a command without --zone means: the forward zone that was made first (the school's domain).
    virtual std::optional<std::string> default_zone() = 0;

    /// A new zone with SOA and one NS, and the name server's `address` when its name lies inside the zone. Without
    /// `name_server`: that of the default zone. "192.168.20.0/24" as name means the reverse zone of that network.
    virtual base::Result<void> add_zone(std::string_view name, std::string_view name_server = {},
                                        std::string_view address = {}) = 0;
    /// Makes the zone, or replaces all its records; the serial never goes back.
    virtual base::Result<void> put_zone(ZoneDraft const& draft) = 0;
    virtual base::Result<void> delete_zone(std::string_view name) = 0;

    /// Apex first, then by name, type and data; PTRs that follow from address records are in the list (`derived`).
    virtual base::Result<std::vector<Record>> records(std::string_view zone) = 0;
    /// Zone-file syntax, one record a line ("pc1 A 192.168.10.20", "@ MX 20 mail2"): all or none. Gives what was
    /// added.
    virtual base::Result<std::vector<Record>> add(std::string_view zone, std::string_view lines) = 0;
    virtual base::Result<void> add_records(std::string_view zone, std::vector<Record> records) = 0;
    /// "pc1", "pc1 A" or "pc1 A 192.168.10.20". Gives what was deleted; nothing found is a refusal.
    virtual base::Result<std::vector<Record>> remove(std::string_view zone, std::string_view line) = 0;
    virtual base::Result<std::vector<Record>> remove_records(std::string_view zone, RecordFilter const& filter) = 0;

    /// Reads a zone file. With a SOA it is a whole zone: it makes or replaces that zone. Without, its records are
    /// added to `zone` (those already there are left alone). `zone` empty: the SOA's owner. All or nothing; refused
    /// lines are in the report; a Result error means that the text as a whole could not be used.
    virtual base::Result<ImportReport> import_zone(std::string_view zone, std::string_view text) = 0;
    /// A zone file that import_zone reads back; derived PTRs are in it as comments.
    virtual base::Result<std::string> export_zone(std::string_view zone) = 0;

    /// What differs from the revisions that the caller has, from one snapshot.
    virtual ZoneChanges changes(std::map<std::string, std::int64_t> const& known) = 0;
};

/// The implementation over the school database.
std::unique_ptr<ZoneStore> make_sql_zone_store(db::Database& school);

} // namespace dnsd
