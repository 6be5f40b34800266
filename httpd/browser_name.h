#pragma once
// A browser as its owner knows it, for the list of sessions. What browsers say of themselves is a pile of lies for
// compatibility (RFC 9110 10.1.5); the order in which it is looked at is what counts.

#include <string>
#include <string_view>

namespace httpd
{

/// "Firefox (Android)" for a User-Agent; without the brackets when the system is not known, "" when nothing is.
std::string browser_name(std::string_view user_agent);

} // namespace httpd
