#pragma once
// The memory of failed logins per address.

#include "appliance/base/clock.h"
#include "appliance/net/address.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace maild::sasl
{

/// Counts failed logins by client (an IPv6 client has a /64) over a window, so that guessing gets slow whatever
/// number of connections and protocols is used. Safe from all threads.
class LoginGuard
{
public:
    LoginGuard(base::Clock const& clock, std::vector<net::Network> exempt) : clock_(clock), exempt_(std::move(exempt))
    {
    }

    /// False: too many failures from there; the password is not to be looked at.
    bool may_try(net::IpAddress const& address);
    void failed(net::IpAddress const& address, std::string_view name);
    /// Forgives the failures with that name only: who has an account himself still cannot guess the others'.
    void succeeded(net::IpAddress const& address, std::string_view name);
    bool is_exempt(net::IpAddress const& address) const { return net::contains(exempt_, address); }

private:
    struct Count {
        unsigned failures = 0;
        base::Timestamp since = 0;
        std::map<std::string, unsigned, std::less<>> by_name{}; ///< not more than `failures`
    };
    void forget_some(base::Timestamp now);

    base::Clock const& clock_;
    std::vector<net::Network> exempt_;
    std::mutex mutex_;
    std::map<net::IpAddress, Count> counts_;
    base::Timestamp looked_ = 0; ///< for old ones
};

} // namespace maild::sasl
