#pragma once
// From a zone's records to its ready answers.

#include "dnsd/serve/zone.h"
#include "dnsd/serve/zone_model.h"

#include <memory>

namespace dnsd
{

/// Makes every answer of the zone. `others`: all zones that CNAME chains may lead into (this one included).
std::shared_ptr<Zone const> build_zone(ZoneModel const& model, ModelSet const& others);

/// A CNAME of the zone leads out of it.
bool links_outside(ZoneModel const& model);

} // namespace dnsd
