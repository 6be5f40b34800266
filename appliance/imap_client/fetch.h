#pragma once
// The items of a FETCH response (RFC 3501 7.4.2) that every reader wants.

#include "appliance/base/clock.h"
#include "appliance/imap_client/imap_response.h"

namespace imap_client
{

/// The value behind a name in FETCH's list; NIL when it is not there. `name` in any case; "BODY[" matches every
/// section.
ImapValue const& fetch_item(ImapResponse const& fetch, std::string_view name);

/// Of INTERNALDATE, "17-Jul-1996 02:44:25 -0700"; 0 for what is none.
base::Timestamp read_internal_date(std::string_view value);

} // namespace imap_client
