#pragma once
// Where daemons in units of their own come for their sockets (service::HandOver). Who they are the kernel says: every
// daemon has a user of its own.

#include "appliance/base/file.h"

#include <optional>
#include <sys/types.h>

namespace supervisor
{

class Counter
{
public:
    /// Makes the socket below the working directory, for the group of the daemons. Throws base::Failure.
    Counter();
    ~Counter();
    Counter(Counter const&) = delete;
    Counter& operator=(Counter const&) = delete;

    struct Visitor {
        base::Fd line;
        uid_t user = 0;
        pid_t process = 0;
    };
    /// The next one who waits.
    std::optional<Visitor> take();
    int fd() const { return fd_.get(); }

private:
    base::Fd fd_;
};

} // namespace supervisor
