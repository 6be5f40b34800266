#pragma once
// Accepts connections, runs sessions on a bounded number of worker threads, and parks those that wait in one epoll
// thread. A worker that waits long in the middle of a command, for a client that sends or reads slowly, is replaced
// by another thread meanwhile.

#include "appliance/net/session.h"

#include <functional>
#include <string>
#include <vector>

namespace net
{

/// How many connections are let in; those over it get the listener's refusal line and are closed.
struct ConnectionLimits {
    std::size_t total = 10000;
    std::size_t per_address = 50;
    std::vector<Network> exempt = {}; ///< free of the per-address limit (limits.exempt)
    /// Sessions whose client is slow in the middle of a command; each holds a thread.
    std::size_t waiting = 1000;
};

struct Listener {
    std::string name;                ///< "imap": for logs
    int socket = -1;                 ///< bound and listening; borrowed
    std::shared_ptr<TlsContext> tls; ///< set: TLS from the first byte
    std::string refusal;             ///< "421 4.7.0 Too many connections\r\n"; sent in clear when over a limit
    std::function<std::unique_ptr<Session>(Stream, Wakeup)> make_session;
};

/// Construct, add listeners, start, stop. Errors of single sessions never end the server. `workers`: sessions that
/// run at the same moment, not counting those that wait.
class Server
{
public:
    Server(std::size_t workers, ConnectionLimits limits);
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    void add(Listener listener);
    void start();
    /// Says goodbye to parked sessions, shuts the sockets of running ones, waits for the workers.
    void stop();
    /// Connections now open.
    std::size_t connections() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace net
