// OpenSSL's new interface allocates for each hash; the old one does not.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "dnsd/serve/nsec3_hash.h"

#include <cstddef>
#include <openssl/sha.h>

namespace dnsd
{

HashLabel nsec3_hash(std::string_view name, HashParameters const& parameters)
{
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA_CTX state;
    SHA1_Init(&state);
    SHA1_Update(&state, name.data(), name.size());
    SHA1_Update(&state, parameters.salt.data(), parameters.salt.size());
    SHA1_Final(digest.data(), &state);
    for (unsigned i = 0; i < parameters.iterations; ++i) {
        SHA1_Init(&state);
        SHA1_Update(&state, digest.data(), digest.size());
        SHA1_Update(&state, parameters.salt.data(), parameters.salt.size());
        SHA1_Final(digest.data(), &state);
    }
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuv";
    HashLabel label;
    label[0] = 32;
    for (std::size_t group = 0; group < 4; ++group) { // five octets are eight letters
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 5; ++i) bits = bits << 8U | digest[group * 5 + i];
        for (std::size_t i = 0; i < 8; ++i) label[1 + group * 8 + i] = letters[(bits >> (35 - 5 * i)) & 31U];
    }
    return label;
}

} // namespace dnsd
