#pragma once
// Comparing texts of people without case, as SEARCH does (RFC 5051 in spirit): simple case folding of UTF-8.

#include <string>
#include <string_view>

namespace message
{

/// Lower case of Latin, Greek, Cyrillic and Armenian letters; everything else, also what is no UTF-8, stays. The
/// length in bytes never changes.
std::string fold(std::string_view utf8);

} // namespace message
