#include "dnsd/serve/zone_set.h"

#include <algorithm>

namespace dnsd
{

ZoneSet::ZoneSet(std::vector<Entry> entries)
    : entries_(std::move(entries)), table_(entries_.size()), depths_(most_labels, false)
{
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        table_.insert(hash_name(entries_[i].name), i);
        depths_[count_labels(entries_[i].name)] = true;
    }
}

ZoneSet::Entry const* ZoneSet::find(QuestionName const& name, bool skip_exact) const
{
    for (std::size_t label = skip_exact ? 1 : 0; label <= name.labels; ++label) {
        if (!depths_[name.labels - label]) continue;
        auto const suffix = name.suffix(label);
        auto const found = table_.find(name.hash[label], [&](std::uint32_t i) { return entries_[i].name == suffix; });
        if (found) return &entries_[*found];
    }
    return nullptr;
}

void CurrentZones::publish(std::shared_ptr<ZoneSet const> zones)
{
    std::lock_guard const lock(mutex_);
    old_.push_back(std::exchange(zones_, std::move(zones)));
    version_.fetch_add(1, std::memory_order_release);
}

void CurrentZones::sweep()
{
    std::vector<std::shared_ptr<ZoneSet const>> unused; // taken apart outside the lock
    std::lock_guard const lock(mutex_);
    auto const first = std::partition(old_.begin(), old_.end(), [](auto const& set) { return set.use_count() > 1; });
    std::move(first, old_.end(), std::back_inserter(unused));
    old_.erase(first, old_.end());
}

std::shared_ptr<ZoneSet const> CurrentZones::get() const
{
    std::lock_guard const lock(mutex_);
    return zones_;
}

} // namespace dnsd
