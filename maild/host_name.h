#pragma once
// The name under which this box speaks to other mail programs.

#include "appliance/config/config.h"
#include "appliance/directory/directory.h"

#include <string>

namespace maild
{

/// config.hostname, else "mail.DOMAIN", else "localhost". Throws base::StoreError.
std::string host_name(config::Config const& config, directory::Directory& directory);

} // namespace maild
