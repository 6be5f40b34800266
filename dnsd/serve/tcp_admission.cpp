#include "dnsd/serve/tcp_admission.h"

namespace dnsd
{

bool TcpAdmission::enter(net::IpAddress const& address)
{
    if (!net::contains(limits_.exempt, address)) {
        std::lock_guard const lock(mutex_);
        auto& count = per_address_[address];
        if (count >= limits_.per_address) return false;
        ++count;
    }
    open_.fetch_add(1);
    return true;
}

void TcpAdmission::leave(net::IpAddress const& address)
{
    open_.fetch_sub(1);
    if (net::contains(limits_.exempt, address)) return;
    std::lock_guard const lock(mutex_);
    auto const found = per_address_.find(address);
    if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
}

bool TcpAdmission::enter_transfer()
{
    if (transfers_.fetch_add(1) < limits_.transfers) return true;
    transfers_.fetch_sub(1);
    return false;
}

std::chrono::milliseconds TcpAdmission::idle_limit() const
{
    auto const open = open_.load(std::memory_order_relaxed);
    if (open < limits_.total / 2) return limits_.idle;
    return open < limits_.total / 4 * 3 ? limits_.idle / 2 : limits_.idle / 10;
}

} // namespace dnsd
