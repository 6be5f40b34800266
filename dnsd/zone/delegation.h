#pragma once
// A zone of ours below another zone of ours: the NS records (and glue) that the upper one needs to lead there.

#include "dnsd/zone/change_set.h"

namespace dnsd
{

/// Gives the zone above, if it is ours, NS records as the new zone has them, and the addresses of those inside it.
/// Where something stands at or below that name already, it is left as it is.
void delegate(ChangeSet& changes, ZoneEdit& zone);

/// The zone goes: its NS records, glue and DS in the zone above go with it.
void end_delegation(ChangeSet& changes, ZoneEdit& zone);

} // namespace dnsd
