#include "maild/sasl/login_guard.h"

#include "maild/limits.h"

namespace maild::sasl
{

namespace
{
constexpr base::Timestamp window = std::chrono::duration_cast<base::Microseconds>(limits::login_window).count();
/// Above this many remembered clients old ones are forgotten, looked for once in a while.
constexpr std::size_t counts_max = 10000;
constexpr base::Timestamp look_again = base::Timestamp{10} * 1'000'000;
constexpr std::size_t name_kept = 64; ///< of what was typed as a name
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

void LoginGuard::failed(net::IpAddress const& address, std::string_view name)
{
    if (is_exempt(address)) return;
    auto const now = clock_.now();
    std::lock_guard const lock(mutex_);
    if (counts_.size() >= counts_max) forget_some(now);
    auto& count = counts_[address.as_client()];
    if (count.failures == 0 || count.since + window <= now) count = {0, now};
    if (count.failures >= limits::address_login_failures) return; // its names would pile up
    ++count.failures;
    ++count.by_name[std::string(name.substr(0, name_kept))];
}

void LoginGuard::succeeded(net::IpAddress const& address, std::string_view name)
{
    std::lock_guard const lock(mutex_);
    auto const found = counts_.find(address.as_client());
    if (found == counts_.end()) return;
    auto& [failures, since, by_name] = found->second;
    auto const forgiven = by_name.find(name.substr(0, name_kept));
    if (forgiven == by_name.end()) return;
    failures -= forgiven->second;
    by_name.erase(forgiven);
    if (failures == 0) counts_.erase(found);
}

void LoginGuard::forget_some(base::Timestamp now)
{
    if (looked_ + look_again <= now) {
        looked_ = now;
        std::erase_if(counts_, [&](auto const& entry) { return entry.second.since + window <= now; });
    }
    if (counts_.size() >= counts_max) counts_.erase(counts_.begin());
}

} // namespace maild::sasl
