#pragma once
// Numbers of the DNS that only the resolver needs, beside those of serve/query.h.

#include "dnsd/serve/octets.h"
#include "dnsd/serve/query.h"
#include "dnsd/zone/wire_record.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace dnsd::resolve
{

inline constexpr std::size_t question_tail = 4; ///< type and class
inline constexpr std::size_t record_fixed = 10; ///< type, class, TTL, length
inline constexpr std::size_t ttl_offset = 4;    ///< in those
inline constexpr std::size_t opt_size = 11;     ///< without options

inline constexpr unsigned mask_opcode = 0x78;    ///< of header octet 2
inline constexpr unsigned flag_authentic = 0x20; ///< of header octet 3 (RFC 4035 3.2.3)
inline constexpr unsigned mask_rcode = 0x0F;

inline constexpr std::uint16_t class_in = 1;

namespace rcode
{
inline constexpr unsigned no_error = 0;
inline constexpr unsigned form_error = 1;
inline constexpr unsigned server_failure = 2;
inline constexpr unsigned name_error = 3;
inline constexpr unsigned not_implemented = 4;
inline constexpr unsigned refused = 5;
inline constexpr unsigned bad_version = 16;
inline constexpr unsigned bad_cookie = 23;
} // namespace rcode

namespace option
{
inline constexpr std::uint16_t cookie = 10; ///< RFC 7873
inline constexpr std::uint16_t ede = 15;    ///< RFC 8914
} // namespace option

/// Extended DNS errors (RFC 8914 4).
namespace ede
{
inline constexpr std::uint16_t stale_answer = 3;
inline constexpr std::uint16_t prohibited = 18;
inline constexpr std::uint16_t stale_name_error = 19;
inline constexpr std::uint16_t not_authoritative = 20;
inline constexpr std::uint16_t not_supported = 21;
inline constexpr std::uint16_t no_reachable_authority = 22;
inline constexpr std::uint16_t network_error = 23;
} // namespace ede

constexpr std::uint32_t long_at(std::string_view bytes, std::size_t at)
{
    return std::uint32_t{number_at(bytes, at)} << 16U | number_at(bytes, at + 2);
}
constexpr void put_long(std::span<char> bytes, std::size_t at, std::uint32_t value)
{
    put_number(bytes, at, value >> 16U);
    put_number(bytes, at + 2, value & 0xFFFFU);
}

} // namespace dnsd::resolve
