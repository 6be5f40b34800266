#pragma once
// RRSIG records (RFC 4034 section 3): their fields, and the bytes that are signed.

#include "dnsd/sign/dnssec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// An RRSIG's data. Times in seconds since 1970.
struct Signature {
    std::uint16_t covered = 0;
    std::uint8_t algorithm = 0;
    std::uint8_t labels = 0;
    std::uint32_t original_ttl = 0;
    std::uint32_t expiration = 0;
    std::uint32_t inception = 0;
    std::uint16_t tag = 0;
    std::string_view signer; ///< wire form
    std::string_view bytes;
};

/// Views into `rdata`; nothing when it is cut off.
std::optional<Signature> read_signature(std::string_view rdata);
/// The data without the signature itself: what is also signed in front of the records.
std::string signature_head(Signature const& signature);

/// RFC 4034 3.1.3: without root and a leading "*".
std::uint8_t signed_labels(std::string_view owner);

/// What is signed (RFC 4034 3.1.8.1) for a record set: `owner` in wire form and lower case, `rdata` sorted byte-wise,
/// names in them in lower case as all our rows have them.
std::string signed_data(std::string_view head, std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                        std::vector<std::string> const& rdata);

} // namespace dnsd
