#pragma once
// Dynamic update (RFC 2136), as DHCP servers and nsupdate send it: only with a key that may change the zone.

#include "dnsd/keep/request.h"

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

class ZoneEdit;
class ZoneStore;
struct UpdateKey;

struct UpdateParts {
    db::Database& dns;
    ZoneStore& zones;
};

/// Checks the prerequisites and makes the changes, all in one transaction. Throws StoreError.
void update_zone(UpdateParts const& parts, Request& request, Replies& replies);

/// The sections of an UPDATE message behind its zone.
struct UpdateMessage {
    std::vector<MessageRecord> prerequisites;
    std::vector<MessageRecord> changes;
};
/// Takes a message apart and looks at what can be judged without the zone: NO_ERROR, FORMERR or NOTZONE.
unsigned read_update(std::string_view message, UpdateMessage& update);

/// What a pattern of UpdateKey::names is about, in wire form: "@", "pc1", "*.lab", or a whole name with a dot at its
/// end. Nothing: that is no name, or none of the zone (wire form).
std::optional<std::string> name_of_pattern(std::string_view pattern, std::string const& zone);

/// RFC 2136 3.2.5: what the reply must say about the prerequisites.
unsigned check_prerequisites(ZoneEdit& edit, std::vector<MessageRecord> const& prerequisites);
/// RFC 2136 3.3 and 3.4.2, as far as the key may: NO_ERROR or REFUSED.
unsigned apply_changes(ZoneEdit& edit, std::vector<MessageRecord> const& changes, UpdateKey const& key);

} // namespace dnsd
