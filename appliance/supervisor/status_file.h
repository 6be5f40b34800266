#pragma once
// What the supervisor tells `kotakpos status`: run/status, and the lock that says a supervisor lives
// (run/supervisor.lock).

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "appliance/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace supervisor
{

struct ProcessStatus {
    std::string name;
    std::string program;
    std::vector<std::string> roles;
    std::string
        state; ///< "starting", "ready", "waiting" (crashed; started again soon), "missing" (no program), "stopping"
    long pid = 0; ///< 0: no process
    base::Timestamp since = 0;
    unsigned restarts = 0;
    bool operator==(ProcessStatus const&) const = default;
};

struct Status {
    long supervisor = 0; ///< pid
    base::Timestamp since = 0;
    std::vector<ProcessStatus> processes;
    bool operator==(Status const&) const = default;
};

/// One line per process, `key=value` separated by spaces.
std::string show(Status const& status);
/// Lines and keys it does not know are left out.
Status parse_status(std::string_view text);

/// Atomic; `folder` is the state folder.
base::Result<void> write_status(std::string const& folder, Status const& status);
/// Nothing when no supervisor runs there, or it has not written anything yet.
std::optional<Status> read_status(std::string const& folder);

/// Held as long as the descriptor is open. Refused with the pid of the other supervisor.
base::Result<base::Fd> lock_supervisor(std::string const& folder);
/// Pid of the supervisor that holds the lock, or 0. Never waits.
long running_supervisor(std::string const& folder);

} // namespace supervisor
