#pragma once
// The zones of a new school, as `setup` makes them: the domain and the reverse zone of its network.

#include "appliance/base/result.h"
#include "dnsd/zone/zone_store.h"

#include <string>
#include <vector>

namespace dnsd
{

struct SchoolNetwork {
    std::string domain;       ///< "smkn1pendalian.sch.id"
    std::string network;      ///< address of the box with its prefix, or the network: "192.168.10.1/24"
    std::string ns_address;   ///< empty: the address in `network`
    std::string www_address;  ///< empty: as above
    std::string mail_address; ///< empty: as above
    std::string hostname;     ///< of the box; gets an address record when it is another name below the domain
};

/// The forward zone (SOA, NS ns, apex A, MX 10 mail, addresses of ns, www, mail) and the reverse zone that covers the
/// network (SOA, NS; its PTRs follow from the addresses). Store them with ZoneStore::put_zone.
base::Result<std::vector<ZoneDraft>> make_school_zones(SchoolNetwork const& school);

} // namespace dnsd
