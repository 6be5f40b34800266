#pragma once
// The data of DNSKEY, DS, CDS and CDNSKEY records (RFC 4034 2 and 5, RFC 7344, RFC 8078).

#include "dnsd/sign/dnssec.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace dnsd
{

std::string dnskey_data(std::uint16_t flags, dnssec::Algorithm algorithm, std::string_view public_key);
/// RFC 4034 appendix B.
std::uint16_t key_tag(std::string_view dnskey);
/// With a SHA-256 digest (RFC 4509). `owner` in wire form. CDS has the same data.
std::string ds_data(std::string_view owner, std::string_view dnskey);
/// "12345 13 2 0A1B..." as people enter it at the parent.
std::string show_ds(std::string_view ds);

/// The one CDS or CDNSKEY that asks the parent to remove our DS (RFC 8078 section 4).
std::string cds_of_leaving();
std::string cdnskey_of_leaving();

} // namespace dnsd
