#pragma once
// Answers UDP questions: one thread per socket, in batches. Not for TCP (tcp_session.h).

#include "dnsd/serve/query.h"
#include "dnsd/serve/zone_set.h"

#include <atomic>
#include <thread>
#include <vector>

namespace dnsd
{

/// The sockets are bound already, several to one port by SO_REUSEPORT; the kernel spreads the clients over them.
class UdpServer
{
public:
    UdpServer(std::vector<int> sockets, Responder const& responder, CurrentZones const& zones)
        : sockets_(std::move(sockets)), responder_(responder), zones_(zones)
    {
    }
    /// Ends the threads; takes up to a quarter of a second.
    ~UdpServer();
    UdpServer(UdpServer const&) = delete;
    UdpServer& operator=(UdpServer const&) = delete;

    void start();

private:
    void serve(int socket) const;

    std::vector<int> sockets_;
    Responder const& responder_;
    CurrentZones const& zones_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace dnsd
