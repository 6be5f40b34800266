#pragma once
// What the journal says between two serials of a zone, condensed to one difference (RFC 1995 section 5).

#include "appliance/db/statement.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/zone_edit.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace dnsd
{

struct Difference {
    Row old_soa;
    std::vector<Row> removed; ///< without the SOA
    std::vector<Row> added;
};

/// From the zone as it was with that serial to the zone as it is now; nothing when the journal does not reach back.
std::optional<Difference> difference_since(db::Reader& reader, std::int64_t zone, std::uint32_t serial);

} // namespace dnsd
