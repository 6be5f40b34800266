#pragma once
// Records as people see a zone: the order of lists, and zone files that go out.

#include "dnsd/zone/record.h"

#include <string>
#include <vector>

namespace dnsd
{

/// Apex first and there SOA and NS first; the rest by name (reverse names by number), type and data.
void sort_for_people(std::vector<Record>& records, std::string const& zone);

/// A zone file that can be imported again; PTRs that follow are in it as comments.
std::string show_zone_file(std::vector<Record> const& records, std::string const& zone);

} // namespace dnsd
