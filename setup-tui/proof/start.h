#pragma once
// Gets the box to run: by systemd where it has the unit (the image), else as a process of its own that stays after
// the wizard.

#include "appliance/base/result.h"
#include "appliance/config/config.h"

#include <functional>
#include <string>

namespace setup::proof
{

enum class Runner {
    there_already, ///< it ran before
    systemd,
    process, ///< `kotakpos run`, in a session of its own; its log is kotakpos.log in the state folder
};

enum class Configuration { as_before, changed };

/// Starts it unless it runs (systemd starts it again for a changed configuration), and waits until every service is
/// ready, at most a minute. `wait` is called again and again meanwhile. The error says why a service did not start.
base::Result<Runner> start_box(config::Config const& config, Configuration configuration,
                               std::function<void()> const& wait);

} // namespace setup::proof
