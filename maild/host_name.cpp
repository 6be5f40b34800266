#include "maild/host_name.h"

namespace maild
{

std::string host_name(config::Config const& config, directory::Directory& directory)
{
    if (!config.hostname.empty()) return config.hostname;
    auto const domain = directory.domain();
    return domain.empty() ? "localhost" : "mail." + domain;
}

} // namespace maild
