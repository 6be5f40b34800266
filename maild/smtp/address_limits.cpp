#include "maild/smtp/address_limits.h"

#include "maild/limits.h"

#include <algorithm>

namespace maild::smtp
{

namespace
{
constexpr base::Timestamp minute = 60'000'000;
/// Above this many remembered addresses the quiet ones are forgotten, once a minute.
constexpr std::size_t counts_max = 10000;
} // namespace

bool AddressLimits::may_connect(net::IpAddress const& address)
{
    if (net::contains(exempt_, address)) return true;
    auto const connections = settings_.number("mail.limit.address.connections-per-minute");
    auto const errors = settings_.number("mail.limit.address.errors");
    auto const pause = settings_.duration("mail.limit.address.pause").count();
    std::lock_guard const lock(mutex_);
    auto& count = count_of(address, clock_.now(), pause);
    ++count.connections;
    return count.connections <= connections && count.errors < errors;
}

std::chrono::milliseconds AddressLimits::failed(net::IpAddress const& address)
{
    if (net::contains(exempt_, address)) return {};
    auto const now = clock_.now();
    auto const free = settings_.number("mail.limit.address.errors") * limits::slow_percent / 100;
    auto const pause = settings_.duration("mail.limit.address.pause").count();
    std::lock_guard const lock(mutex_);
    auto& count = count_of(address, now, pause);
    if (count.errors == 0) count.window = now;
    ++count.errors;
    if (count.errors <= free) return {};
    return std::min(limits::error_rest * static_cast<long>(count.errors - free), limits::longest_rest);
}

AddressLimits::Count& AddressLimits::count_of(net::IpAddress const& address, base::Timestamp now,
                                              base::Timestamp pause)
{
    if (counts_.size() >= counts_max && (now >= pruned_ + minute || now < pruned_)) {
        pruned_ = now;
        std::erase_if(counts_, [&](auto const& entry) {
            return entry.second.minute + minute <= now && entry.second.window + pause <= now;
        });
    }
    auto& count = counts_[address.as_client()];
    if (count.minute + minute <= now || count.minute > now) count = {now, 0, count.window, count.errors};
    if (count.window + pause <= now || count.window > now) count.errors = 0;
    return count;
}

} // namespace maild::smtp
