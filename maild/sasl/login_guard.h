#pragma once
// The memory of failed logins per address.

#include "appliance/base/clock.h"
#include "appliance/net/address.h"

#include <map>
#include <mutex>
#include <vector>

namespace maild::sasl
{

/// Counts failed logins by address over a window, so that guessing gets slow whatever number of connections is used.
/// Safe from all threads.
class LoginGuard
{
public:
    LoginGuard(base::Clock const& clock, std::vector<net::Network> exempt) : clock_(clock), exempt_(std::move(exempt))
    {
    }

    /// False: too many failures from there; the password is not to be looked at.
    bool may_try(net::IpAddress const& address);
    void failed(net::IpAddress const& address);
    void succeeded(net::IpAddress const& address);
    bool is_exempt(net::IpAddress const& address) const { return net::contains(exempt_, address); }

private:
    struct Count {
        unsigned failures = 0;
        base::Timestamp since = 0;
    };
    void forget_old(base::Timestamp now);

    base::Clock const& clock_;
    std::vector<net::Network> exempt_;
    std::mutex mutex_;
    std::map<net::IpAddress, Count> counts_;
};

} // namespace maild::sasl
