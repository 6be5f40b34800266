#pragma once
// Starts one daemon: its user, its sockets, its configuration, its readiness pipe.

#include "appliance/base/file.h"
#include "appliance/base/result.h"
#include "appliance/daemon/sockets.h"
#include "appliance/supervisor/accounts.h"
#include "appliance/supervisor/programs.h"

#include <string>
#include <vector>

namespace supervisor
{

struct Child {
    pid_t pid = 0;
    base::Fd ready; ///< reads "ready\n" from the daemon, then end of file
    base::Fd line;  ///< to one in a unit of its own (service::HandOver): its end is the daemon's end
};

/// The readiness pipe: what we read, what the daemon writes. Both close on exec.
base::Result<std::pair<base::Fd, base::Fd>> readiness_pipe();

struct StartOrder {
    Program const& program;
    std::vector<std::string> const& roles;
    Account account;
    std::vector<service::Socket> const& sockets;
    int config_file = -1; ///< inherited and named /proc/self/fd/N in the arguments
};

/// Forks and executes. A failure inside the child (execve) ends it with exit code 127; an error means that the
/// machine gives no process now.
base::Result<Child> start(StartOrder const& order);

} // namespace supervisor
