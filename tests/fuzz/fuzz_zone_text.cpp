#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_checks.h"
#include "dnsd/zone/zone_text.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

/// What was read from a zone file can be written and read again, and gives the same record.
FUZZ_TARGET(zone_text)
{
    auto const zone = dnsd::must_wire_name("sch.id.");
    for (auto const& line : dnsd::parse_zone_text(bytes, "sch.id.").records) {
        auto record = line.record;
        if (!dnsd::check_record(record, zone)) continue;
        if (record.ttl == dnsd::no_ttl) record.ttl = 0;
        auto const again = dnsd::parse_zone_text(dnsd::to_text(record).line(), "sch.id.");
        if (again.records.size() != 1 || !(again.records.front().record == record)) std::abort();
    }
}
