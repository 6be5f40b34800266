#pragma once
// The zones of the school and their records, as people and programs change them. Not for answering (zone_set.h).

#include "appliance/base/result.h"
#include "dnsd/sign/signer.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/zone_edit.h"

#include <cstdint>
#include <functional>
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
    std::size_t records = 0; ///< without those that signing makes
    bool reverse = false;
    std::int64_t revision = 0; ///< goes up with every change
    ZoneKind kind = ZoneKind::primary;
    Signing signing = Signing::off;
    bool counts_serial = false; ///< 1, 2, 3, ... instead of YYYYMMDDnn
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
    std::size_t left_out = 0; ///< RRSIG, NSEC, DNSKEY, ...: signing makes them
    std::vector<RefusedLine> refused;
};

/// Interface to the zones of the name server's database. Zone names may be given with or without the last dot. Every
/// change checks what it touches, brings the PTR records of reverse zones in step, raises the zone's serial, signs
/// and writes the journal, all in one transaction; dnsd serves it within 5 ms. Refusals (base::refused) carry the
/// record in `what` and fixed, translatable sentences in `why` and `to_do`. Functions may be called from any thread
/// and throw base::StoreError when the store fails.
class ZoneStore
{
public:
    virtual ~ZoneStore() = default;

    /// Sorted: forward zones first, then reverse zones, each by name.
    virtual std::vector<ZoneInfo> zones() = 0;
    /// The zone that a command without --zone means: the forward zone that was made first (the school's domain).
    virtual std::optional<std::string> default_zone() = 0;

    /// A new zone with SOA and one NS, and the name server's `address` when its name lies inside the zone. Without
    /// `name_server`: that of the default zone. "192.168.20.0/24" as name means the reverse zone of that network. A
    /// zone of ours above it gets the NS records that lead to it.
    virtual base::Result<void> add_zone(std::string_view name, std::string_view name_server = {},
                                        std::string_view address = {}) = 0;
    /// Makes the zone, or replaces all its records; the serial never goes back.
    virtual base::Result<void> put_zone(ZoneDraft const& draft) = 0;
    virtual base::Result<void> delete_zone(std::string_view name) = 0;
    /// An empty zone that other programs fill by `edit`: a secondary, or the catalog.
    virtual base::Result<void> make_zone(std::string_view name, ZoneKind kind) = 0;
    /// How the zone's serial is raised: YYYYMMDDnn, or one more each time.
    virtual base::Result<void> set_serial_style(std::string_view zone, bool counts) = 0;

    /// Apex first, then by name, type and data; PTRs that follow from address records are in the list (`derived`).
    /// `signing` too: what signing made.
    virtual base::Result<std::vector<Record>> records(std::string_view zone, bool signing = false) = 0;
    /// Zone-file syntax, one record a line ("pc1 A 192.168.10.20", "@ MX 20 mail2"): all or none. Gives what was
    /// added.
    virtual base::Result<std::vector<Record>> add(std::string_view zone, std::string_view lines) = 0;
    virtual base::Result<void> add_records(std::string_view zone, std::vector<Record> records) = 0;
    /// "pc1", "pc1 A" or "pc1 A 192.168.10.20". Gives what was deleted; nothing found is a refusal.
    virtual base::Result<std::vector<Record>> remove(std::string_view zone, std::string_view line) = 0;
    virtual base::Result<std::vector<Record>> remove_records(std::string_view zone, RecordFilter const& filter) = 0;
    /// `line` (as for `add`) takes the place of `before`, in one transaction: the rules are asked of what results. A
    /// refusal when somebody has changed or deleted `before` in the meantime.
    virtual base::Result<void> change_record(std::string_view zone, Record const& before, std::string_view line) = 0;

    /// Reads a zone file. With a SOA it is a whole zone: it makes or replaces that zone. Without, its records are
    /// added to `zone` (those already there are left alone). `zone` empty: the SOA's owner. All or nothing; refused
    /// lines are in the report; a Result error means that the text as a whole could not be used.
    virtual base::Result<ImportReport> import_zone(std::string_view zone, std::string_view text) = 0;
    /// A zone file that import_zone reads back; derived PTRs are in it as comments.
    virtual base::Result<std::string> export_zone(std::string_view zone) = 0;

    /// Runs `work` on the zone, then does what follows from every change. For programs: no checks but that SOA and NS
    /// stand at the zone's own name. `work` may throw base::Failure, and may run again from its start. The serial of
    /// a secondary is that of its primary. Nothing changed: no new revision.
    virtual base::Result<void> edit(std::string_view zone, std::function<void(ZoneEdit&)> const& work) = 0;
};

/// The implementation over the name server's database (schema dns). Without a signer signed zones can be read only.
std::unique_ptr<ZoneStore> make_sql_zone_store(db::Database& dns, std::shared_ptr<Signer> signer = {});

} // namespace dnsd
