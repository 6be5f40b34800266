#pragma once
// How much of something that there is little of each client has taken, so that one alone cannot take it all. IPv6
// clients count by their /64: whoever has one has all of it. For any thread. What there is in all, the owner counts.

#include "appliance/net/address.h"

#include <array>
#include <cstddef>
#include <map>
#include <mutex>

namespace dnsd
{

class ClientShares
{
public:
    /// False: this client has `most` already.
    bool enter(net::IpAddress const& client, std::size_t most);
    void leave(net::IpAddress const& client);

private:
    using Key = std::array<std::uint8_t, 16>;
    static Key key_of(net::IpAddress const& client);

    std::mutex mutex_;
    std::map<Key, std::size_t> taken_;
};

} // namespace dnsd
