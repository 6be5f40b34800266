#pragma once
// Mailbox names on the wire: modified UTF-7 (RFC 3501 5.1.3), the client's side. httpd shares no code with maild.

#include <string>
#include <string_view>

namespace httpd::mail
{

std::string to_modified_utf7(std::string_view utf8);
/// What is malformed stays as it is.
std::string from_modified_utf7(std::string_view text);

} // namespace httpd::mail
