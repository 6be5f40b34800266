#pragma once
// DNS messages by hand for the resolver's tests: questions of clients, replies of upstreams.

#include "dnsd/serve/octets.h"
#include "dnsd/zone/name.h"

#include <string>
#include <string_view>
#include <vector>

namespace support
{

inline std::string number16(std::size_t value) { return {static_cast<char>(value >> 8U), static_cast<char>(value)}; }
inline std::string number32(std::size_t value) { return number16(value >> 16U) + number16(value & 0xFFFFU); }

inline std::string header(std::size_t id, std::size_t flags, std::vector<std::size_t> const& counts)
{
    auto bytes = number16(id) + number16(flags);
    for (auto const count : counts) bytes += number16(count);
    return bytes;
}

inline std::string question_section(std::string_view name, std::uint16_t type)
{
    return dnsd::must_wire_name(name) + number16(type) + number16(1);
}

/// `edns` 0: without; else the size that is offered. `flags`: of the header.
inline std::string question(std::string_view name, std::uint16_t type, std::size_t edns = 1232,
                            std::size_t flags = 0x0100, bool dnssec_ok = false)
{
    auto bytes = header(0x1234, flags, {1, 0, 0, edns > 0 ? 1U : 0U}) + question_section(name, type);
    if (edns > 0)
        bytes +=
            std::string(1, '\0') + number16(41) + number16(edns) + number32(dnssec_ok ? 0x8000 : 0) + number16(0);
    return bytes;
}

/// `owner` in wire form; "\xC0\x0C" is the question's name.
inline std::string record(std::string_view owner, std::uint16_t type, std::size_t ttl, std::string_view data)
{
    return std::string(owner) + number16(type) + number16(1) + number32(ttl) + number16(data.size()) +
           std::string(data);
}

inline std::string const same_name = "\xC0\x0C";
inline std::string const some_address = "\x0A\1\2\3";

inline std::string soa_data(std::size_t minimum)
{
    return same_name + same_name + number32(1) + number32(3600) + number32(900) + number32(86400) + number32(minimum);
}

inline std::string opt(std::string_view options = {}, std::size_t extended = 0)
{
    return std::string(1, '\0') + number16(41) + number16(1232) + number32(extended << 24U) +
           number16(options.size()) + std::string(options);
}

inline std::string ede_option(std::size_t code) { return number16(15) + number16(2) + number16(code); }

inline std::uint16_t at16(std::string_view bytes, std::size_t at) { return dnsd::number_at(bytes, at); }
inline std::size_t rcode_of(std::string_view reply) { return dnsd::byte_at(reply, 3) & 15U; }
/// The info code of the first EDE option in a reply whose OPT is its last record; -1: none.
inline int ede_of(std::string_view reply)
{
    auto const found = reply.rfind(std::string("\0\x0F\0\2", 4));
    return found == std::string_view::npos ? -1 : at16(reply, found + 4);
}

} // namespace support
