#pragma once
// DNS over TCP and TLS on a few threads, each with its own connections; none of them ever waits for one client.

#include "dnsd/serve/tcp_loop.h"

#include <memory>
#include <vector>

namespace dnsd
{

/// Construct, add listeners, start.
class TcpServer
{
public:
    TcpServer(std::size_t threads, TcpLimits limits, Backends const& backends)
        : threads_(threads), admission_(std::move(limits)), backends_(backends)
    {
    }
    TcpServer(TcpServer const&) = delete;
    TcpServer& operator=(TcpServer const&) = delete;

    void add(TcpListener listener) { listeners_.push_back(std::move(listener)); }
    void start()
    {
        for (std::size_t i = 0; i < threads_; ++i)
            loops_.push_back(std::make_unique<TcpLoop>(backends_, admission_, listeners_));
        for (auto const& loop : loops_) loop->start();
    }
    /// Connections now open.
    std::size_t connections() const { return admission_.open(); }

private:
    std::size_t threads_;
    TcpAdmission admission_;
    Backends const& backends_;
    std::vector<TcpListener> listeners_;
    std::vector<std::unique_ptr<TcpLoop>> loops_; ///< the destructor ends their threads
};

} // namespace dnsd
