#pragma once
// The hash of a name in NSEC3 (RFC 5155 5), made for each negative answer.

#include "dnsd/serve/zone.h"

#include <array>
#include <string_view>

namespace dnsd
{

/// The label that the NSEC3 record of a name has: 32, then base32hex in lower case.
using HashLabel = std::array<char, 33>;

/// `name`: whole, wire form, lower case. Allocates nothing.
HashLabel nsec3_hash(std::string_view name, HashParameters const& parameters);

} // namespace dnsd
