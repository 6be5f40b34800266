#pragma once
// How a daemon in a systemd unit of its own gets what it would inherit as a child: over a Unix socket of the
// supervisor, which holds the ports. Linux only (SCM_RIGHTS). While the line is open, both are alive: each sees the
// other's end.

#include "appliance/base/file.h"
#include "appliance/base/result.h"
#include "appliance/daemon/sockets.h"

#include <optional>
#include <string>
#include <vector>

namespace service
{

/// Where the supervisor waits for that service's daemon, in the state folder.
inline std::string hand_over_place(std::string const& service) { return "run/" + service + ".line"; }

/// What is handed over. `config_file` and `ready` as in the supervisor's StartOrder and Child.
struct HandOver {
    std::vector<Socket> sockets;
    int config_file = -1;
    int ready = -1;
};

/// The supervisor's side. The descriptors stay open here.
base::Result<void> give(int line, HandOver const& what);

/// The daemon's side: the line (keep it), with what came over it. Throws base::Failure when nobody is there.
base::Fd fetch(std::string const& place, HandOver& what);

} // namespace service
