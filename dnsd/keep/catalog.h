#pragma once
// Catalog zones that we produce (RFC 9432): a zone whose records are the list of our primary zones, from which NSD,
// Knot and BIND learn what to copy.

#include "dnsd/zone/zone_edit.h"

#include <string>
#include <vector>

namespace db
{
class Database;
}

namespace dnsd
{

class ZoneStore;

/// A zone that the catalog lists.
struct CatalogMember {
    std::int64_t id = 0;
    std::string name; ///< wire form
};

/// Everything in the catalog but its SOA.
std::vector<Row> catalog_rows(std::string const& catalog, std::vector<CatalogMember> const& members);

/// Brings every catalog zone in step with the zones there are; changes nothing when they are. Throws StoreError.
void keep_catalogs(db::Database& dns, ZoneStore& zones);

} // namespace dnsd
