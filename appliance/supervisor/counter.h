#pragma once
// Where the daemon in a unit of its own comes for its sockets (service::HandOver): one place for each service. Who
// comes, the kernel says: only the service's user is served.

#include "appliance/base/file.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace supervisor
{

class Counter
{
public:
    /// Makes the socket below the working directory, for the group of the daemons. Throws base::Failure.
    Counter(std::string const& service, uid_t user);
    ~Counter();
    Counter(Counter&& other) noexcept = default;
    Counter& operator=(Counter&& other) noexcept = default;

    struct Visitor {
        base::Fd line;
        pid_t process = 0;
    };
    /// The next one who waits and is the right one.
    std::optional<Visitor> take();
    int fd() const { return fd_.get(); }

private:
    std::string place_;
    uid_t user_;
    base::Fd fd_;
};

} // namespace supervisor
