#pragma once
// The list of types in NSEC and NSEC3 records (RFC 4034 4.1.2).

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace dnsd
{

std::string type_bitmap(std::set<std::uint16_t> const& types);
/// Empty when the text is not well-formed.
std::set<std::uint16_t> types_in_bitmap(std::string_view bitmap);
bool has_type(std::string_view bitmap, std::uint16_t type);

} // namespace dnsd
