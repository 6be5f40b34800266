#pragma once
// Numbers in network order inside record data. Callers have checked the sizes.

#include <cstdint>
#include <string>
#include <string_view>

namespace dnsd
{

constexpr std::uint32_t octet(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}
constexpr std::uint16_t number16(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(octet(bytes, at) << 8U | octet(bytes, at + 1));
}
constexpr std::uint32_t number32(std::string_view bytes, std::size_t at)
{
    return std::uint32_t{number16(bytes, at)} << 16U | number16(bytes, at + 2);
}

inline void put8(std::string& bytes, std::size_t value) { bytes += static_cast<char>(value & 0xFFU); }
inline void put16(std::string& bytes, std::size_t value)
{
    put8(bytes, value >> 8U);
    put8(bytes, value);
}
inline void put32(std::string& bytes, std::uint32_t value)
{
    put16(bytes, value >> 16U);
    put16(bytes, value);
}

} // namespace dnsd
