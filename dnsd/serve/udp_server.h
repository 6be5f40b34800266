#pragma once
// Answers UDP questions: one thread per socket, in batches. Not for TCP (tcp_server.h).

#include "dnsd/serve/answering_thread.h"

#include <atomic>
#include <thread>
#include <vector>

namespace dnsd
{

/// The sockets are bound already, several to one port by SO_REUSEPORT; the kernel spreads the clients over them.
class UdpServer
{
public:
    UdpServer(std::vector<int> sockets, Backends const& backends) : sockets_(std::move(sockets)), backends_(backends)
    {
    }
    /// Ends the threads; takes up to a quarter of a second.
    ~UdpServer();
    UdpServer(UdpServer const&) = delete;
    UdpServer& operator=(UdpServer const&) = delete;

    void start();

private:
    struct Thread;
    void serve(std::size_t thread) const;

    std::vector<int> sockets_;
    Backends const& backends_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace dnsd
