#pragma once
// The SQL behind the zone store: reading rows, and units of change. Included by sql_zone_*.cpp only.

#include "appliance/db/statement.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/zone_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd::sql
{

struct ZoneRow {
    std::int64_t id = 0;
    std::string name;
    std::int64_t revision = 0;
};

// Reading (sql_zone_read.cpp).

std::vector<ZoneRow> all_zones(db::Reader& reader);
std::optional<ZoneRow> find_zone(db::Reader& reader, std::string const& name);
/// Throws a refusal when there is no such zone.
ZoneRow must_find_zone(db::Reader& reader, std::string_view name);
std::optional<std::string> first_forward_zone(db::Reader& reader);
/// "sch.id", "sch.id." and "192.168.10.0/24" as the zone's stored name.
base::Result<std::string> zone_name(std::string_view text);

std::vector<Record> zone_records(db::Reader& reader, std::int64_t zone);
std::vector<Record> records_at(db::Reader& reader, std::int64_t zone, std::string const& owner);
/// All NS and MX records: what other records must stay fit for.
std::vector<Record> references(db::Reader& reader, std::int64_t zone);
std::optional<Record> soa_of(db::Reader& reader, ZoneRow const& zone);
bool exists(db::Reader& reader, ZoneRow const& zone, Record const& record);
/// What is needed to know which PTRs follow: address records of all zones, and who is a server.
PointerSource pointer_source(db::Reader& reader);
/// The zone's records and, for a reverse zone, the PTRs that follow.
std::vector<Record> with_pointers(db::Reader& reader, ZoneRow const& zone);

// Changing (sql_zone_change.cpp): inside a transaction, checked afterwards, refusing by base::Failure so that nothing
// of the unit stays. Each raises the serial.

enum class Duplicate { refuse, leave };
/// Gives what was new.
std::vector<Record> add_all(db::Transaction& transaction, ZoneRow const& zone, std::vector<Record> records,
                            Duplicate duplicate);
/// Gives what was there; nothing found is a refusal.
std::vector<Record> remove_all(db::Transaction& transaction, ZoneRow const& zone, RecordFilter const& filter);

struct Replaced {
    bool created = false;
    std::size_t removed = 0;
};
/// The zone's whole content, new or in place of the old one.
Replaced replace_all(db::Transaction& transaction, std::string const& name, std::vector<Record> records);

} // namespace dnsd::sql
