#pragma once
// What a list puts in front of its mail, and how mail that comes back to a list is known. Pure functions.

#include "appliance/directory/directory.h"
#include "maild/queue/spool.h"

#include <string>
#include <string_view>

namespace maild::queue
{

/// Delivered-To (RFC 9228), List-Id (RFC 2919) and List-Post (RFC 2369) of a class, group or alias, with CRLF. No
/// List-Unsubscribe: nobody can leave his class.
std::string list_fields(directory::ListPolicy const& list, std::string_view domain);
/// The Delivered-To field alone, with CRLF.
std::string delivered_to(std::string_view address);
/// Whether the message says that it was delivered to the address before: somebody forwards it back (RFC 5321 6.3).
/// Throws base::StoreError.
bool has_been_at(Message const& message, std::string_view address);

} // namespace maild::queue
