#pragma once
// `kotakpos run`: binds the sockets, starts the daemons, watches them, starts them again. The only process that stays
// root.

#include "appliance/config/config.h"
#include "appliance/supervisor/attendant.h"
#include "appliance/supervisor/services.h"

#include <span>
#include <string>
#include <vector>

namespace supervisor
{

struct Plan {
    config::Config config;
    std::string config_text; ///< handed to every daemon as an inherited file
    std::span<Service const> services;
    std::vector<std::string> program_folders;
    Way way = Way::children;
};

/// Changes into the state folder and runs until SIGTERM or SIGINT; then stops all and gives exit code 0.
/// Throws base::Failure when it cannot start (no setup, another supervisor, a taken port).
int supervise(Plan const& plan);

} // namespace supervisor
