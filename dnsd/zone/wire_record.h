#pragma once
// Records between text and wire form, through ldns. Not on the query path: this runs when zones are loaded or
// changed.

#include "appliance/base/result.h"
#include "dnsd/zone/record.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Type numbers that the code names (the rest stays a number).
namespace type
{
inline constexpr std::uint16_t a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33,
                               dname = 39, opt = 41, ds = 43, rrsig = 46, tkey = 249, tsig = 250, ixfr = 251,
                               axfr = 252, mailb = 253, maila = 254, any = 255;
}

struct WireRecord {
    std::string owner; ///< wire form, lower case
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::string rdata; ///< wire form, names in it uncompressed
};

/// The error says which record it is. The fast way for addresses does not use ldns.
base::Result<WireRecord> to_wire(Record const& record);

/// Where names begin in the data of a type, and whether they may be compressed in answers (RFC 3597 section 4).
struct NamesInData {
    std::size_t before = 0; ///< octets before the first name
    std::size_t names = 0;
    bool compressible = false;
};
NamesInData names_in_data(std::uint16_t type);

/// For types whose data ends in one name (NS, CNAME, PTR, MX, SRV): that name in wire form; empty for other types.
std::string_view target_of(std::uint16_t type, std::string_view rdata);

/// A zone file's text as records: lower-case absolute owners, data in one spelling. Relative names end in `zone`.
struct ParsedLine {
    std::size_t line = 0;
    Record record; ///< ttl is `no_ttl` where the text gives none
};
inline constexpr std::uint32_t no_ttl = UINT32_MAX;
struct BadLine {
    std::size_t line = 0;
    std::string text;
    base::Error error;
};
struct ParsedText {
    std::vector<ParsedLine> records;
    std::vector<BadLine> refused;
};
ParsedText parse_zone_text(std::string_view text, std::string_view zone);

} // namespace dnsd
