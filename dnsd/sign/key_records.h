#pragma once
// The records at a signed zone's apex that follow from its keys: DNSKEY, CDS, CDNSKEY, NSEC3PARAM.

#include "dnsd/sign/key_plan.h"
#include "dnsd/zone/zone_edit.h"

#include <vector>

namespace dnsd
{

/// Writes what is missing and erases what does not belong there; DNSKEYs that people wrote stay (RFC 8901).
void put_key_records(ZoneEdit& edit, Signing kind, SignedZone const& zone, std::vector<ZoneKey> const& keys);

} // namespace dnsd
