#pragma once
// How root asks the running supervisor to start one service anew: a datagram at run/control.sock, "restart NAME". The
// answer is the new process in run/status.

#include "appliance/base/file.h"
#include "appliance/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace supervisor
{

/// The supervisor's end. Only root and the desk (kp-desk) may write to it.
class Control
{
public:
    /// Makes the socket in the working directory (the state folder). Throws base::Failure.
    Control();
    ~Control();
    Control(Control const&) = delete;
    Control& operator=(Control const&) = delete;

    int fd() const { return fd_.get(); }
    /// The service to restart, of one waiting request; nothing: no request waits. A request in other words gives "".
    std::optional<std::string> take();

private:
    base::Fd fd_;
};

/// Asks the supervisor of that state folder to restart a service, and waits (at most `seconds`) until it is ready
/// again. Refused: no such service, or its program is missing. Failed: nothing runs, not allowed, or not ready in
/// time.
base::Result<void> restart_service(std::string const& folder, std::string_view name, unsigned seconds = 20);

} // namespace supervisor
