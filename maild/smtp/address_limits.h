#pragma once
// How much one address may do: connections a minute, and errors before it has to wait. Failed logins have their own
// memory (sasl/login_guard.h), open connections are counted by net::Server.

#include "appliance/base/clock.h"
#include "appliance/directory/settings.h"
#include "appliance/net/address.h"

#include <map>
#include <mutex>
#include <vector>

namespace maild::smtp
{

/// The limits are the settings mail.limit.address.*. Networks of limits.exempt are free. Safe from all threads.
class AddressLimits
{
public:
    AddressLimits(directory::Settings& settings, base::Clock const& clock, std::vector<net::Network> exempt)
        : settings_(settings), clock_(clock), exempt_(std::move(exempt))
    {
    }

    /// Counts a new connection. False: too many in this minute, or too many errors lately; to be refused with 421.
    bool may_connect(net::IpAddress const& address);
    /// Counts a refused command. Gives how long the client is to rest: nothing at first, then more with each error.
    std::chrono::milliseconds failed(net::IpAddress const& address);

private:
    struct Count {
        base::Timestamp minute = 0; ///< when it began
        std::uint64_t connections = 0;
        base::Timestamp window = 0; ///< when the errors began
        std::uint64_t errors = 0;
    };
    /// With what is old set to zero.
    Count& count_of(net::IpAddress const& address, base::Timestamp now, base::Timestamp pause);

    directory::Settings& settings_;
    base::Clock const& clock_;
    std::vector<net::Network> exempt_;
    std::mutex mutex_;
    std::map<net::IpAddress, Count> counts_; ///< by IpAddress::as_client()
    base::Timestamp pruned_ = 0;
};

} // namespace maild::smtp
