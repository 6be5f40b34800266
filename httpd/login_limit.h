#pragma once
// Slows down guessing of passwords. Nobody is ever locked out for long: a class shares one address, and an attacker
// must not be able to keep somebody else out.

#include "appliance/base/clock.h"
#include "appliance/net/address.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace httpd
{

/// Safe from all threads.
class LoginLimit
{
public:
    LoginLimit(base::Clock const& clock, std::vector<net::Network> exempt) : clock_(clock), exempt_(std::move(exempt))
    {
    }

    /// Seconds to wait before the next attempt may be looked at; 0: go on.
    long wait_seconds(std::string const& peer, std::string const& login);
    void failed(std::string const& peer, std::string const& login);
    void succeeded(std::string const& peer, std::string const& login);

private:
    struct Count {
        int failures = 0;
        base::Timestamp last = 0;
    };
    long wait_for(std::string const& key, int free_failures, base::Timestamp now) const;
    void count(std::string const& key, base::Timestamp now);
    bool is_exempt(std::string const& peer) const;

    base::Clock const& clock_;
    std::vector<net::Network> exempt_;
    std::mutex mutex_;
    std::map<std::string, Count> counts_;
};

} // namespace httpd
