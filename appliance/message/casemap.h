#pragma once
// The order of people's texts: i;unicode-casemap (RFC 5051), by which IMAP's SORT and THREAD compare. Looking for a
// text inside another is fold.h.

#include <string>
#include <string_view>

namespace message
{

/// The octets to compare: every character in title case, then taken apart into its base letter and accents. What is
/// no UTF-8 stays. Linear time; the result is at most some eighteen times as long.
std::string casemap(std::string_view utf8);

} // namespace message
