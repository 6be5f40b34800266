#pragma once
// Reverse names and zones, and the PTR records that follow from address records (school pupils forget them).

#include "appliance/net/address.h"
#include "dnsd/zone/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dnsd
{

/// "20.10.168.192.in-addr.arpa." or the nibbles below ip6.arpa.
std::string reverse_name(net::IpAddress const& address);
/// The reverse zone that covers the network: rounded to the octet (IPv4, at most three) or nibble (IPv6) boundary.
/// "192.168.10.0/24" -> "10.168.192.in-addr.arpa."; nothing for networks larger than /8.
std::optional<std::string> reverse_zone(net::Network const& network);

/// Collects the address records of all forward zones; then gives each reverse zone its PTRs.
/// An address with several names points to one: a mail server before a name server before other names
/// (alphabetically); the zone's own name only when there is no other. Wildcards never.
class PointerSource
{
public:
    /// All records of a forward zone.
    void add_zone(std::string_view zone, std::vector<Record> const& records);
    /// PTRs below `zone` for owners that have no records there. `own`: the zone's stored records.
    std::vector<Record> pointers(std::string_view zone, std::vector<Record> const& own) const;

private:
    struct Candidate {
        int rank = 0; ///< smaller wins
        std::string name;
        std::uint32_t ttl = 0;
    };
    std::map<std::string, Candidate> best_; ///< by reverse name
};

} // namespace dnsd
