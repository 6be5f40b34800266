#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_checks.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

/// What was read from a zone file can be written and read again, and gives the same record.
FUZZ_TARGET(zone_text)
{
    for (auto const& line : dnsd::parse_zone_text(bytes, "sch.id.").records) {
        auto const& record = line.record;
        if (!dnsd::to_wire(record)) std::abort();
        if (!dnsd::check_record(record, "sch.id.") || record.ttl == dnsd::no_ttl) continue;
        auto const again = dnsd::parse_zone_text(record.line(), "sch.id.");
        if (again.records.size() != 1 || !(again.records.front().record == record)) std::abort();
    }
}
