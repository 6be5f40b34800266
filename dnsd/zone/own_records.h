#pragma once
// Records that the box makes itself in the school's zone (keys of DKIM, policies for mail, SRV), as rows of origin
// `derived`. What people write goes before: where a written record of the same kind stands, the box's own is not
// served; when it goes, the box's comes back. Not for PTR (pointers.h) and TLSA (own_certificate.h).

#include "appliance/base/clock.h"
#include "appliance/base/result.h"
#include "dnsd/zone/zone_edit.h"

#include <functional>
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

class ZoneStore;

/// Absolute names. CNAME and SRV are served only while their target has an address in the zone.
struct OwnRecord {
    std::string owner;
    std::string type;
    std::string rdata;
    std::uint32_t ttl = 0;
    std::optional<base::Timestamp> until = std::nullopt; ///< not served afterwards
    bool operator==(OwnRecord const&) const = default;
};

/// All records that the box wants in this zone; the zone may come later. Nothing changed: no new revision.
base::Result<void> set_own_records(db::Database& dns, ZoneStore& zones, std::string const& zone,
                                   std::vector<OwnRecord> const& records);
std::vector<OwnRecord> own_records(db::Reader& reader, std::string_view zone);
/// Zones with records whose time is over.
std::vector<std::string> zones_with_past_records(db::Reader& reader, base::Timestamp now);

/// Brings the zone in step with its wanted records. In the transaction of the edit.
void settle_own_records(ZoneEdit& edit, base::Timestamp now);
/// The same, when the edit has touched one of their names (change_set.cpp).
void follow_own_records(ZoneEdit& edit, base::Timestamp now);

} // namespace dnsd
