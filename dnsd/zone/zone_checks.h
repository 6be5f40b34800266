#pragma once
// What a record and a zone must look like before people's changes are stored. Every refusal is a sentence for a
// pupil.

#include "appliance/base/result.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_edit.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// The record by itself: name inside the zone (wire form) and well formed, type that may be entered, TTL in range.
base::Result<void> check_record(WireRecord const& record, std::string_view zone);

/// Made by signing or by the server itself: RRSIG, NSEC, DNSKEY, ... A zone file that has been served has them.
bool is_made_by_signing(std::uint16_t type);

/// A rule between records that is broken, and the record that breaks it.
struct Fault {
    Row row;
    base::Error error;
};

/// The rules between records, for the names that a change touched (as the zone is now): CNAME alone at its name, SOA
/// and NS at the zone's own name, targets of NS and MX that exist and are no CNAMEs, nothing but addresses below a
/// delegation, nothing below a DNAME, DS beside NS. At most `most` faults.
std::vector<Fault> check_names(ZoneEdit& zone, std::set<std::string, std::less<>> const& touched, std::size_t most);

} // namespace dnsd
