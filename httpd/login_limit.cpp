#include "httpd/login_limit.h"

#include "httpd/limits.h"

#include <algorithm>

namespace httpd
{

namespace
{
constexpr base::Timestamp second = 1000000;
constexpr base::Timestamp forgotten_after = 15 * 60 * second;
constexpr std::size_t most_counts = 20000;

std::string login_key(std::string const& peer, std::string const& login) { return peer + " " + login; }
} // namespace

bool LoginLimit::is_exempt(std::string const& peer) const
{
    auto const address = net::IpAddress::parse(peer);
    return address && net::contains(exempt_, *address);
}

/// 2, 4, 8 ... seconds after the free failures are used up.
long LoginLimit::wait_for(std::string const& key, int free_failures, base::Timestamp now) const
{
    auto const found = counts_.find(key);
    if (found == counts_.end() || found->second.failures < free_failures ||
        now - found->second.last > forgotten_after)
        return 0;
    constexpr int most_doublings = 10;
    auto const slowest = std::chrono::duration_cast<std::chrono::seconds>(limits::slowest_retry).count();
    auto const pause =
        std::min<long>(slowest, 2L << std::min(found->second.failures - free_failures, most_doublings));
    auto const until = found->second.last + pause * second;
    return until <= now ? 0 : static_cast<long>((until - now + second - 1) / second);
}

long LoginLimit::wait_seconds(std::string const& peer, std::string const& login)
{
    if (is_exempt(peer)) return 0;
    std::lock_guard const lock(mutex_);
    auto const now = clock_.now();
    return std::max(wait_for(login_key(peer, login), limits::failures_per_login, now),
                    wait_for(peer, limits::failures_per_address, now));
}

void LoginLimit::count(std::string const& key, base::Timestamp now)
{
    auto& count = counts_[key];
    if (now - count.last > forgotten_after) count.failures = 0;
    ++count.failures;
    count.last = now;
}

void LoginLimit::failed(std::string const& peer, std::string const& login)
{
    if (is_exempt(peer)) return;
    std::lock_guard const lock(mutex_);
    auto const now = clock_.now();
    if (counts_.size() >= most_counts)
        std::erase_if(counts_, [&](auto const& entry) { return now - entry.second.last > forgotten_after; });
    if (counts_.size() >= most_counts) counts_.clear(); // a flood of made-up names must not fill the memory
    count(login_key(peer, login), now);
    count(peer, now);
}

void LoginLimit::succeeded(std::string const& peer, std::string const& login)
{
    std::lock_guard const lock(mutex_);
    counts_.erase(login_key(peer, login));
}

} // namespace httpd
