#pragma once
// Numbers in network order, by hand. Callers have checked that the octets are there.

#include "dnsd/zone/name.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace dnsd
{

constexpr std::uint16_t number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

constexpr void put_number(std::span<char> bytes, std::size_t at, std::size_t value)
{
    bytes[at] = static_cast<char>(value >> 8U);
    bytes[at + 1] = static_cast<char>(value);
}

} // namespace dnsd
