#pragma once
// DNSSEC for the commands that have to do with it.

#include "appliance/cli/session.h"
#include "dnsd/sign/zone_signing.h"

namespace cli
{

dnsd::ZoneSigning zone_signing(Session& session);

} // namespace cli
