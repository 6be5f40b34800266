#pragma once
// Dynamic update (RFC 2136), as DHCP servers and nsupdate send it: only with a key that may change the zone.

#include "dnsd/keep/request.h"

namespace db
{
class Database;
}

namespace dnsd
{

class ZoneStore;

struct UpdateParts {
    db::Database& dns;
    ZoneStore& zones;
};

/// Checks the prerequisites and makes the changes, all in one transaction. Throws StoreError.
void update_zone(UpdateParts const& parts, Request& request, Replies& replies);

} // namespace dnsd
