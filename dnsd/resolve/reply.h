#pragma once
// Reads what an upstream resolver replied: hostile bytes until every name, length and count in them holds. Only
// looks; answer.h makes of it what is kept and handed on.

#include "dnsd/resolve/wire.h"

#include <optional>
#include <string>
#include <vector>

namespace dnsd::resolve
{

/// Names in the data of a type, which may be compressed: octets before them, how many, octets behind.
struct NameData {
    std::uint16_t type = 0;
    std::uint8_t before = 0;
    std::uint8_t names = 0; ///< 0: none that may be
    std::uint8_t behind = 0;
};
NameData name_data(std::uint16_t type);

/// A reply that is sound. Positions count from the message's beginning.
struct Reply {
    unsigned rcode = 0; ///< with the upper bits of EDNS
    bool authoritative = false;
    bool truncated = false;
    bool recursion_available = false;
    bool authentic = false;
    std::size_t question_end = header_size; ///< header_size: no question came back
    /// Without OPT and whatever stood behind it.
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;
    std::size_t needed_end = header_size; ///< of answer and authority section
    std::size_t end = header_size;        ///< of the last record that may be copied
    /// Where the TTLs stand. No name of the message passes through one, so they may be changed.
    std::vector<std::uint16_t> ttls;
    /// Seconds that the answer may be kept: the smallest TTL of the answer section; for "no such name or type" by the
    /// SOA (RFC 2308 5). 0: not at all.
    std::uint32_t lifetime = 0;
    bool has_edns = false;
    std::optional<std::uint16_t> ede;
    std::string cookie; ///< client's and server's part; empty: none
};

/// Nothing when anything is wrong with it. Octets behind the last record are left out.
std::optional<Reply> read_reply(std::string_view message);

} // namespace dnsd::resolve
