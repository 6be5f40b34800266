#include "dnsd/serve/watch.h"

#include "dnsd/zone/name.h"

#include <algorithm>
#include <utility>

namespace dnsd
{

bool WatchFilter::wants(Client const& who, Outcome const& outcome) const
{
    if (client && !client->contains(who.address)) return false;
    if (type && outcome.type != *type) return false;
    return name.empty() || (!outcome.name.empty() && is_below_or_same(outcome.name, name));
}

Watch::Watcher::Watcher(Watch& watch, WatchFilter filter) : watch_(watch), filter_(std::move(filter))
{
    std::lock_guard const lock(watch_.mutex_);
    watch_.watchers_.push_back(this);
    watch_.on_.store(true, std::memory_order_relaxed);
}

Watch::Watcher::~Watcher()
{
    std::lock_guard const lock(watch_.mutex_);
    std::erase(watch_.watchers_, this);
    watch_.on_.store(!watch_.watchers_.empty(), std::memory_order_relaxed);
}

std::vector<Seen> Watch::Watcher::take(std::uint64_t& missed)
{
    std::vector<Seen> seen;
    std::lock_guard const lock(watch_.mutex_);
    auto const by_all = watch_.missed_by_all_.exchange(0, std::memory_order_relaxed);
    for (auto* watcher : watch_.watchers_) watcher->missed_ += by_all;
    missed = std::exchange(missed_, 0);
    seen.swap(seen_);
    return seen;
}

void Watch::show(Client const& client, Outcome const& outcome, std::string_view reply, Sent sent)
{
    std::unique_lock const lock(mutex_, std::try_to_lock);
    if (!lock) {
        missed_by_all_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    for (auto* watcher : watchers_) {
        if (!watcher->filter_.wants(client, outcome)) continue;
        if (watcher->seen_.size() >= most_kept) {
            ++watcher->missed_;
            continue;
        }
        watcher->seen_.push_back({base::system_clock().now(), client, std::string(outcome.name), outcome.type,
                                  outcome.rcode, reply.size(), sent, std::string(reply.substr(0, shown_octets))});
    }
}

} // namespace dnsd
