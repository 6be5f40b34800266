#include "dnsd/sign/dnskey.h"
#include "dnsd/sign/nsec3_hash.h"
#include "dnsd/sign/private_key.h"
#include "dnsd/sign/signature.h"
#include "dnsd/sign/type_bitmap.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

/// What is read from the data of RRSIG, NSEC and NSEC3 records, which transfers and zone files may have brought,
/// gives the same data when it is written again.
FUZZ_TARGET(dnssec_rdata)
{
    auto const require = [](bool good) {
        if (!good) std::abort();
    };
    if (auto const signature = dnsd::read_signature(bytes))
        require(dnsd::signature_head(*signature).append(signature->bytes) == bytes);
    auto const types = dnsd::types_in_bitmap(bytes);
    require(dnsd::types_in_bitmap(dnsd::type_bitmap(types)) == types);
    auto const parts = dnsd::nsec3_parts(bytes);
    require(parts.next_hash.size() + parts.bitmap.size() <= bytes.size());
    require(dnsd::from_base32hex(dnsd::base32hex(bytes)) == bytes);
    dnsd::key_tag(bytes);
    dnsd::PrivateKey::from_pem(bytes).ok();
    for (auto const algorithm : {dnsd::dnssec::Algorithm::ecdsap256sha256, dnsd::dnssec::Algorithm::ed25519}) {
        auto const half = bytes.size() / 2;
        require(!dnsd::is_signed_by(algorithm, bytes.substr(0, half), "data", bytes.substr(half)));
    }
}
