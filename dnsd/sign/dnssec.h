#pragma once
// The constants of DNSSEC that signing works with (RFC 4034, 5155, 6605, 7344, 8080).

#include <cstdint>
#include <optional>
#include <string_view>

namespace dnsd::dnssec
{

// Record types.
inline constexpr std::uint16_t ds = 43, rrsig = 46, nsec = 47, dnskey = 48, nsec3 = 50, nsec3param = 51, tlsa = 52,
                               cds = 59, cdnskey = 60;

// DNSKEY flags: zone key, and that with the secure entry point.
inline constexpr std::uint16_t zsk_flags = 256, ksk_flags = 257;

enum class Algorithm : std::uint8_t { ecdsap256sha256 = 13, ed25519 = 15 };
inline constexpr std::size_t signature_size = 64; ///< of both algorithms

/// "ecdsap256sha256", "ed25519" (also the numbers) and back.
constexpr std::optional<Algorithm> algorithm_of(std::string_view name)
{
    if (name == "ecdsap256sha256" || name == "13") return Algorithm::ecdsap256sha256;
    if (name == "ed25519" || name == "15") return Algorithm::ed25519;
    return std::nullopt;
}
constexpr std::string_view name_of(Algorithm algorithm)
{
    return algorithm == Algorithm::ed25519 ? "ed25519" : "ecdsap256sha256";
}

} // namespace dnsd::dnssec
