#pragma once
// What the server and its parking lot know of one connection. Not for sessions: they see `Stream` and `Wakeup`.

#include "appliance/net/session.h"

#include <functional>
#include <mutex>

namespace net
{

/// Belongs to a worker or to the lot, never to both.
struct Connection {
    std::unique_ptr<Session> session;
    IpAddress peer;
    bool counted = false; ///< counts towards the peer's limit
    bool timed_out = false;
    bool resting = false; ///< what ends its stay is no time-out
    std::shared_ptr<Wakeup::Target> wakeup;
};

/// Shared by a connection and all Wakeups given out for it.
struct Wakeup::Target {
    std::mutex mutex;
    std::function<void()> requeue; ///< set while parked; empty while running or after the end
    bool notified = false;         ///< news came while a worker had the session
};

} // namespace net
