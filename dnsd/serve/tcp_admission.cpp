#include "dnsd/serve/tcp_admission.h"

namespace dnsd
{

bool TcpAdmission::enter(net::IpAddress const& address)
{
    if (!net::contains(limits_.exempt, address) && !connected_.enter(address, limits_.per_address)) return false;
    open_.fetch_add(1);
    return true;
}

void TcpAdmission::leave(net::IpAddress const& address)
{
    open_.fetch_sub(1);
    if (!net::contains(limits_.exempt, address)) connected_.leave(address);
}

bool TcpAdmission::enter_transfer(net::IpAddress const& address)
{
    if (!transferring_.enter(address, limits_.transfers_per_address)) return false;
    if (transfers_.fetch_add(1) < limits_.transfers) return true;
    leave_transfer(address);
    return false;
}

void TcpAdmission::leave_transfer(net::IpAddress const& address)
{
    transfers_.fetch_sub(1);
    transferring_.leave(address);
}

std::chrono::milliseconds TcpAdmission::idle_limit() const
{
    auto const open = open_.load(std::memory_order_relaxed);
    if (open < limits_.total / 2) return limits_.idle;
    return open < limits_.total / 4 * 3 ? limits_.idle / 2 : limits_.idle / 10;
}

} // namespace dnsd
