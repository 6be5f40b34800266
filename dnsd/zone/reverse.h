#pragma once
// Reverse names and zones. The PTR records that follow from address records: pointers.h.

#include "appliance/net/address.h"
#include "dnsd/zone/record.h"

#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

/// "20.10.168.192.in-addr.arpa." or the nibbles below ip6.arpa.
std::string reverse_name(net::IpAddress const& address);
/// The reverse zone that covers the network: rounded to the octet (IPv4, at most three) or nibble (IPv6) boundary.
/// "192.168.10.0/24" -> "10.168.192.in-addr.arpa."; nothing for networks larger than /8.
std::optional<std::string> reverse_zone(net::Network const& network);

/// The data of an A or AAAA record (4 or 16 octets) as reverse name in wire form.
std::string reverse_wire_name(std::string_view address);

/// Addresses as record data: all of 4 or all of 16 octets.
struct AddressRange {
    std::string first;
    std::string last;
};
/// The addresses whose reverse names are `name` (wire form) or lie below it; nothing for other names.
std::optional<AddressRange> addresses_below(std::string_view name);

} // namespace dnsd
