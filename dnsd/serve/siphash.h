#pragma once
// SipHash (Aumasson, Bernstein 2012): a short keyed hash. With 2-4 rounds for server cookies (RFC 9018), with 1-3 for
// tables whose places strangers must not be able to choose.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dnsd
{

using SipKey = std::array<std::uint64_t, 2>;

/// `in` rounds after each word of eight octets, `out` rounds at the end.
template <int in, int out>
class SipHash
{
public:
    explicit constexpr SipHash(SipKey const& key)
        : v0_(key[0] ^ 0x736F6D6570736575U),
          v1_(key[1] ^ 0x646F72616E646F6DU),
          v2_(key[0] ^ 0x6C7967656E657261U),
          v3_(key[1] ^ 0x7465646279746573U)
    {
    }

    constexpr void add(std::uint64_t word)
    {
        v3_ ^= word;
        rounds(in);
        v0_ ^= word;
    }

    /// `rest`: what is left after the last whole word (up to seven octets, little-endian). `size`: of everything.
    constexpr std::uint64_t finish(std::uint64_t rest, std::size_t size)
    {
        return finish(rest | static_cast<std::uint64_t>(size) << 56U);
    }

    /// For input of a fixed length, which need not be hashed: `last` is its last word.
    constexpr std::uint64_t finish(std::uint64_t last)
    {
        add(last);
        v2_ ^= 0xFF;
        rounds(out);
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    constexpr void rounds(int count)
    {
        for (int i = 0; i < count; ++i) {
            v0_ += v1_;
            v2_ += v3_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v1_;
            v0_ += v3_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_, v1_, v2_, v3_;
};

/// Of any bytes.
template <int in, int out>
std::uint64_t siphash(SipKey const& key, std::string_view bytes)
{
    static_assert(std::endian::native == std::endian::little);
    SipHash<in, out> hash(key);
    std::size_t at = 0;
    std::uint64_t word = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::memcpy(&word, bytes.data() + at, 8);
        hash.add(word);
    }
    word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    return hash.finish(word, bytes.size());
}

} // namespace dnsd
