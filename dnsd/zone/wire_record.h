#pragma once
// Records in wire form, as they are stored and served.

#include "appliance/base/result.h"
#include "dnsd/zone/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace dnsd
{

/// Type numbers that the code names (the rest stays a number).
namespace type
{
inline constexpr std::uint16_t a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33,
                               dname = 39, opt = 41, ds = 43, rrsig = 46, nsec = 47, dnskey = 48, nsec3 = 50,
                               nsec3param = 51, tlsa = 52, cds = 59, cdnskey = 60, zonemd = 63, tkey = 249,
                               tsig = 250, ixfr = 251, axfr = 252, mailb = 253, maila = 254, any = 255;
}

/// No data that stands in a zone (RFC 6895 3.1): OPT, TSIG, AXFR, ANY, ...
constexpr bool is_question_type(std::uint16_t type)
{
    return type == type::opt || type == 0 || (type >= 128 && type <= 255);
}

inline constexpr std::uint32_t no_ttl = UINT32_MAX; ///< the text gives none

struct WireRecord {
    std::string owner; ///< wire form, lower case
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::string rdata; ///< wire form, names in it uncompressed
    bool operator==(WireRecord const&) const = default;
};

/// The error says which record it is.
base::Result<WireRecord> to_wire(Record const& record);
Record to_text(WireRecord const& record);

/// Where names begin in the data of a type, and whether they may be compressed in answers (RFC 3597 section 4).
struct NamesInData {
    std::size_t before = 0; ///< octets before the first name
    std::size_t names = 0;
    bool compressible = false;
};
NamesInData names_in_data(std::uint16_t type);

/// For types whose data ends in one name (NS, CNAME, PTR, MX, SRV): that name in wire form; empty for other types.
std::string_view target_of(std::uint16_t type, std::string_view rdata);

} // namespace dnsd
