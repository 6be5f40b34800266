#include "dnsd/sign/nsec3_hash.h"

#include "dnsd/sign/octets.h"

#include <array>
#include <openssl/sha.h>

namespace dnsd
{

namespace
{
constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuv";
constexpr std::size_t hash_letters = nsec3_hash_size * 8 / 5;
constexpr std::size_t sha1 = 1;
constexpr std::size_t fixed_part = 4; // algorithm, flags, iterations

std::string sha1_of(std::string const& bytes)
{
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(), digest.data());
    return {digest.begin(), digest.end()};
}
} // namespace

std::string nsec3_hash(std::string_view name, std::string_view salt, std::uint16_t iterations)
{
    std::string hash = sha1_of(std::string(name).append(salt));
    for (unsigned i = 0; i < iterations; ++i) hash = sha1_of(hash.append(salt));
    return hash;
}

std::string base32hex(std::string_view bytes)
{
    std::string text;
    std::uint32_t rest = 0;
    unsigned bits = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        rest = (rest << 8U | octet(bytes, i)) & 0xFFFFU;
        for (bits += 8; bits >= 5; bits -= 5) text += alphabet[rest >> (bits - 5) & 31U];
    }
    if (bits > 0) text += alphabet[rest << (5 - bits) & 31U];
    return text;
}

std::string from_base32hex(std::string_view text)
{
    std::string bytes;
    std::uint32_t rest = 0;
    unsigned bits = 0;
    for (char const c : text) {
        auto const value = alphabet.find(c);
        if (value == std::string_view::npos) return {};
        rest = (rest << 5U | static_cast<std::uint32_t>(value)) & 0xFFFFU;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        put8(bytes, rest >> bits);
    }
    return bytes;
}

std::string nsec3_key(std::string_view name) { return base32hex(nsec3_hash(name)) + '\0'; }

std::string hash_of_key(std::string_view key)
{
    if (key.size() != hash_letters + 1) return {};
    return from_base32hex(key.substr(0, hash_letters));
}

std::string nsec3param_data()
{
    std::string data;
    put8(data, sha1);
    put8(data, 0);  // flags
    put16(data, 0); // iterations
    put8(data, 0);  // salt
    return data;
}

std::string nsec3_data(std::string_view next_hash, std::string_view bitmap)
{
    auto data = nsec3param_data();
    put8(data, next_hash.size());
    return data.append(next_hash).append(bitmap);
}

Nsec3Parts nsec3_parts(std::string_view rdata)
{
    if (rdata.size() <= fixed_part) return {};
    std::size_t at = fixed_part + 1 + octet(rdata, fixed_part); // behind the salt
    if (at >= rdata.size()) return {};
    std::size_t const size = octet(rdata, at++);
    if (at + size > rdata.size()) return {};
    return {rdata.substr(at, size), rdata.substr(at + size)};
}

} // namespace dnsd
