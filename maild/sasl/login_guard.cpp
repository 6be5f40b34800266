#include "maild/sasl/login_guard.h"

#include "maild/limits.h"

namespace maild::sasl
{

namespace
{
constexpr base::Timestamp window = std::chrono::duration_cast<base::Microseconds>(limits::login_window).count();
/// Above this many remembered addresses old ones are looked for at every failure.
constexpr std::size_t counts_max = 10000;
} // namespace

bool LoginGuard::may_try(net::IpAddress const& address)
{
    if (is_exempt(address)) return true;
    std::lock_guard const lock(mutex_);
    auto const found = counts_.find(address.as_client());
    if (found == counts_.end()) return true;
    if (found->second.since + window <= clock_.now()) {
        counts_.erase(found);
        return true;
    }
    return found->second.failures < limits::address_login_failures;
}

void LoginGuard::failed(net::IpAddress const& address)
{
    if (is_exempt(address)) return;
    auto const now = clock_.now();
    std::lock_guard const lock(mutex_);
    if (counts_.size() >= counts_max) forget_old(now);
    auto& count = counts_[address.as_client()];
    if (count.failures == 0) count.since = now;
    ++count.failures;
}

void LoginGuard::succeeded(net::IpAddress const& address)
{
    std::lock_guard const lock(mutex_);
    counts_.erase(address.as_client());
}

void LoginGuard::forget_old(base::Timestamp now)
{
    for (auto entry = counts_.begin(); entry != counts_.end();)
        entry = entry->second.since + window <= now ? counts_.erase(entry) : std::next(entry);
}

} // namespace maild::sasl
