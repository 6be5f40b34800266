#pragma once
// What a record and a zone must look like before they are stored. Every refusal is a sentence for a pupil.

#include "appliance/base/result.h"
#include "dnsd/zone/record.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// The record by itself: name inside the zone and well formed, type that may be entered, TTL in range, data that
/// fits.
base::Result<void> check_record(Record const& record, std::string_view zone);

/// A zone as it would be after a change: all records of a name, and all NS and MX records of the zone.
struct ZoneView {
    std::string zone;
    std::function<std::vector<Record>(std::string const& owner)> at;
    std::vector<Record> references;
};

/// The rules between records, for the names that a change touched: CNAME alone at its name, SOA and NS at the zone's
/// own name, targets of NS and MX that exist and are no CNAMEs, no names below a delegation but addresses.
base::Result<void> check_names(ZoneView const& view, std::set<std::string> const& touched);

/// The last word of NS, MX, SRV, CNAME and PTR data: the name it points to.
std::string target_name(Record const& record);

} // namespace dnsd
