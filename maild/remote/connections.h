#pragma once
// Connections that have nothing to do for a moment, kept for the next messages to the same server.

#include "maild/remote/smtp_client.h"

#include <chrono>
#include <mutex>

namespace maild::remote
{

/// An open connection and to whom.
struct OpenConnection {
    std::string destination; ///< a server may serve many domains, but each has its own policy
    MailHost host;
    TlsDemand demand; ///< what it was opened for
    SmtpClient client;

    /// Whether it will do for mail to that server with that demand: what was proved to another one is no proof here.
    bool serves(MailHost const& other, TlsDemand const& other_demand) const;
};

/// Safe from all threads.
class Connections
{
public:
    ~Connections();
    /// One that is still alive, to any server of the destination.
    std::optional<OpenConnection> take(std::string const& destination);
    /// Kept for limits::connection_kept; the oldest goes when there are too many.
    void keep(OpenConnection connection);
    /// Says QUIT to those that nobody has wanted. Called every second or so.
    void close_old();

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Idle {
        OpenConnection connection;
        Time until;
    };
    std::mutex mutex_;
    std::vector<Idle> idle_; ///< the oldest first
};

} // namespace maild::remote
