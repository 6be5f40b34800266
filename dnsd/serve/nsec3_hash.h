#pragma once
// The hash of a name in NSEC3 (RFC 5155 5), made for each negative answer.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dnsd
{

/// RFC 5155 4.2.
struct HashParameters {
    std::uint16_t iterations = 0;
    std::string salt;
};

/// The label that the NSEC3 record of a name has: 32, then base32hex in lower case.
using HashLabel = std::array<char, 33>;

/// `name`: whole, wire form, lower case. Allocates nothing.
HashLabel nsec3_hash(std::string_view name, HashParameters const& parameters);

} // namespace dnsd
