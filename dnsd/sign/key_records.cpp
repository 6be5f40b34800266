#include "dnsd/sign/key_records.h"

#include "dnsd/sign/dnskey.h"
#include "dnsd/sign/nsec3_hash.h"

#include <algorithm>

namespace dnsd
{

namespace
{
Row at_apex(std::uint16_t type, std::string data) { return {{}, type, std::move(data), key_ttl, Origin::signing}; }

std::vector<Row> wanted_records(std::string const& wire_name, Signing kind, SignedZone const& zone,
                                std::vector<ZoneKey> const& keys)
{
    std::vector<Row> rows;
    for (auto const& key : keys) {
        rows.push_back(at_apex(dnssec::dnskey, key.dnskey));
        if (zone.leaves_at || !is_offered_to_parent(keys, key)) continue;
        rows.push_back(at_apex(dnssec::cds, ds_data(wire_name, key.dnskey)));
        rows.push_back(at_apex(dnssec::cdnskey, key.dnskey));
    }
    if (zone.leaves_at) {
        rows.push_back(at_apex(dnssec::cds, cds_of_leaving()));
        rows.push_back(at_apex(dnssec::cdnskey, cdnskey_of_leaving()));
    }
    if (kind == Signing::nsec3) rows.push_back(at_apex(dnssec::nsec3param, nsec3param_data()));
    return rows;
}
} // namespace

void put_key_records(ZoneEdit& edit, Signing kind, SignedZone const& zone, std::vector<ZoneKey> const& keys)
{
    auto const wanted = wanted_records(edit.head().wire_name, kind, zone, keys);
    for (auto const type : {dnssec::dnskey, dnssec::nsec3param, dnssec::cds, dnssec::cdnskey})
        for (auto const& row : edit.at({}, type)) {
            bool const stays = type == dnssec::dnskey && row.origin != Origin::signing;
            if (!stays && std::find(wanted.begin(), wanted.end(), row) == wanted.end()) edit.erase(row);
        }
    for (auto const& row : wanted) edit.insert(row);
}

} // namespace dnsd
