#pragma once
// Whether this machine can take a school at all, looked at before anything is changed.

#include "appliance/config/config.h"

namespace setup
{

/// Room on the disk, the right to write, and with `ports` that nobody holds a port of ours. Refused with what to do.
base::Result<void> check_ready(config::Config const& config, bool ports);

} // namespace setup
