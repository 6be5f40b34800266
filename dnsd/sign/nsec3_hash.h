#pragma once
// Hashed owner names (RFC 5155 section 5), with the parameters that RFC 9276 wants: no salt, no extra iterations.

#include <cstdint>
#include <string>
#include <string_view>

namespace dnsd
{

inline constexpr std::size_t nsec3_hash_size = 20;

/// SHA-1 of a name in wire form and lower case.
std::string nsec3_hash(std::string_view name, std::string_view salt = {}, std::uint16_t iterations = 0);
/// RFC 4648 section 7, lower case, without padding: 20 octets become 32 letters.
std::string base32hex(std::string_view bytes);
/// The inverse; empty for other letters.
std::string from_base32hex(std::string_view text);

/// The zone_key of the NSEC3 record of a name.
std::string nsec3_key(std::string_view name);
/// The hash back from such a key; empty when it is none.
std::string hash_of_key(std::string_view key);

/// The data of NSEC3PARAM, and of NSEC3 up to the next hash.
std::string nsec3param_data();
std::string nsec3_data(std::string_view next_hash, std::string_view bitmap);
struct Nsec3Parts {
    std::string_view next_hash;
    std::string_view bitmap;
};
/// Of an NSEC3 record's data; empty parts when it is cut off.
Nsec3Parts nsec3_parts(std::string_view rdata);

} // namespace dnsd
