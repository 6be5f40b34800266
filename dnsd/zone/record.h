#pragma once
// A DNS record as people write it and as the database keeps it. Not the wire form (wire_record.h).

#include "appliance/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

struct Record {
    std::string owner; ///< absolute, lower case: "www.smkn1pendalian.sch.id."
    std::string type;  ///< "A"
    std::uint32_t ttl = 0;
    std::string rdata;    ///< as in a zone file: "192.168.10.2", "10 mail.smkn1pendalian.sch.id."
    bool derived = false; ///< follows from an address record (PTR), or is made by the box itself
    bool signing = false; ///< made by signing

    /// One line of a zone file.
    std::string line() const;
    bool operator==(Record const&) const = default;
};

/// Absolute and lower case, or a refusal that says what is wrong with the name. "@" is the zone itself; a name
/// without a dot at its end is taken below `zone` (which may be empty for a zone's own name: then the dot is added).
base::Result<std::string> absolute_name(std::string_view name, std::string_view zone);

/// A name as it stands in a zone file, in wire form and lower case; without a dot at its end it is below `origin`
/// (wire form), "@" is the origin itself.
base::Result<std::string> read_name(std::string_view word, std::string_view origin);

/// True for the zone's own name and everything below. Both absolute and lower case.
bool is_in_zone(std::string_view name, std::string_view zone);
/// Ends in in-addr.arpa. or ip6.arpa.
bool is_reverse_name(std::string_view name);

} // namespace dnsd
