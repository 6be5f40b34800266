#pragma once
// How many TCP connections there are, of everybody and of each address; shared by all threads that accept.

#include "dnsd/serve/client_shares.h"

#include <atomic>
#include <chrono>
#include <vector>

namespace dnsd
{

struct TcpLimits {
    std::size_t total = 10000;
    std::size_t per_address = 100;
    std::vector<net::Network> exempt; ///< free of the limit per address
    /// RFC 7766 6.2.3: how long a connection may be quiet, while there is plenty of room.
    std::chrono::milliseconds idle{10000};
    /// For replies that the client does not take.
    std::chrono::milliseconds blocked{10000};
    /// For replies from elsewhere, and between two pieces of a transfer.
    std::chrono::milliseconds waiting{30000};
    /// A connection that was of use so shortly ago is not closed to make room for a new one.
    std::chrono::milliseconds spared{100};
    std::size_t transfers = 100; ///< at a time
    /// Of one client: who takes no answers holds a transfer for long, allowed or not.
    std::size_t transfers_per_address = 25;
};

class TcpAdmission
{
public:
    explicit TcpAdmission(TcpLimits limits) : limits_(std::move(limits)) {}

    TcpLimits const& limits() const { return limits_; }
    bool is_full() const { return open_.load() >= limits_.total; }
    std::size_t open() const { return open_.load(); }
    /// False: too many of this address. The total is for the caller, who may make room first.
    bool enter(net::IpAddress const& address);
    void leave(net::IpAddress const& address);

    bool enter_transfer(net::IpAddress const& address);
    void leave_transfer(net::IpAddress const& address);

    /// The more connections, the less patience.
    std::chrono::milliseconds idle_limit() const;

private:
    TcpLimits const limits_;
    std::atomic<std::size_t> open_{0};
    std::atomic<std::size_t> transfers_{0};
    ClientShares connected_;
    ClientShares transferring_;
};

} // namespace dnsd
