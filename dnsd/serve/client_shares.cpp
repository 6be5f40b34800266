#include "dnsd/serve/client_shares.h"

#include <algorithm>

namespace dnsd
{

ClientShares::Key ClientShares::key_of(net::IpAddress const& client)
{
    auto key = client.bytes();
    if (!client.is_v4()) std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
    return key;
}

bool ClientShares::enter(net::IpAddress const& client, std::size_t most)
{
    std::lock_guard const lock(mutex_);
    auto& taken = taken_[key_of(client)];
    if (taken >= most) return false;
    ++taken;
    return true;
}

void ClientShares::leave(net::IpAddress const& client)
{
    std::lock_guard const lock(mutex_);
    auto const found = taken_.find(key_of(client));
    if (found != taken_.end() && --found->second == 0) taken_.erase(found);
}

} // namespace dnsd
