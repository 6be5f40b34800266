#pragma once
// Comparing texts of people without case, as SEARCH does (RFC 5051 in spirit): simple case folding of UTF-8.

#include <string>
#include <string_view>

namespace maild::imap
{

/// Lower case of ASCII, Latin, Greek and Cyrillic letters; everything else, also what is no UTF-8, stays. The length
/// in bytes never changes.
std::string fold(std::string_view utf8);

} // namespace maild::imap
