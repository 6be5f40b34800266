#pragma once
// Mailbox names on the wire: modified UTF-7 (RFC 3501 5.1.3), as a client has them.

#include <string>
#include <string_view>

namespace imap_client
{

std::string to_modified_utf7(std::string_view utf8);
/// What is malformed stays as it is.
std::string from_modified_utf7(std::string_view text);

} // namespace imap_client
