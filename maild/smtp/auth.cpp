#include "maild/smtp/auth.h"

#include "maild/limits.h"

namespace maild::smtp
{

namespace
{
constexpr base::Timestamp window = std::chrono::duration_cast<base::Microseconds>(limits::login_window).count();
/// Above this many remembered addresses old ones are looked for at every failure.
constexpr std::size_t counts_max = 10000;
} // namespace

std::optional<Credentials> parse_plain(std::string_view message)
{
    auto const first = message.find('\0');
    if (first == std::string_view::npos) return std::nullopt;
    auto const second = message.find('\0', first + 1);
    if (second == std::string_view::npos || message.find('\0', second + 1) != std::string_view::npos)
        return std::nullopt;
    auto const authorize = message.substr(0, first);
    Credentials credentials{std::string(message.substr(first + 1, second - first - 1)),
                            std::string(message.substr(second + 1))};
    if (!authorize.empty() && authorize != credentials.login) return std::nullopt;
    return credentials;
}

bool LoginGuard::may_try(net::IpAddress const& address)
{
    if (is_exempt(address)) return true;
    std::lock_guard const lock(mutex_);
    auto const found = counts_.find(address);
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
    auto& count = counts_[address];
    if (count.failures == 0) count.since = now;
    ++count.failures;
}

void LoginGuard::succeeded(net::IpAddress const& address)
{
    std::lock_guard const lock(mutex_);
    counts_.erase(address);
}

void LoginGuard::forget_old(base::Timestamp now)
{
    for (auto entry = counts_.begin(); entry != counts_.end();)
        entry = entry->second.since + window <= now ? counts_.erase(entry) : std::next(entry);
}

} // namespace maild::smtp
