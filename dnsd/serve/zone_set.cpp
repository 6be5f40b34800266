#include "dnsd/serve/zone_set.h"

#include <algorithm>

namespace dnsd
{

ZoneSet::ZoneSet(std::vector<Entry> entries)
{
    auto names = std::make_shared<Names>();
    std::size_t size = 4;
    while (size < entries.size() * 2) size *= 2;
    names->slots.resize(size);
    for (auto& entry : entries) {
        auto const hash = hash_name(entry.name);
        auto at = hash & (size - 1);
        while (names->slots[at].index_plus_one != 0) at = (at + 1) & (size - 1);
        names->slots[at] = {static_cast<std::uint32_t>(hash >> 32U), static_cast<std::uint32_t>(zones_.size() + 1)};
        names->depths.set(count_labels(entry.name));
        names->names.push_back(std::move(entry.name));
        zones_.push_back(std::move(entry.zone));
    }
    names_ = std::move(names);
}

ZoneSet::ZoneSet(ZoneSet const& before, std::vector<std::shared_ptr<Zone const>> zones)
    : names_(before.names_), zones_(std::move(zones))
{
}

std::optional<ZoneSet::Found> ZoneSet::find(QuestionName const& name, bool skip_exact) const
{
    auto const& slots = names_->slots;
    auto const mask = slots.size() - 1;
    for (std::size_t label = skip_exact ? 1 : 0; label <= name.labels; ++label) {
        if (!names_->depths[name.labels - label]) continue;
        auto const hash = name.hash[label];
        auto const tag = static_cast<std::uint32_t>(hash >> 32U);
        for (auto at = hash & mask; slots[at].index_plus_one != 0; at = (at + 1) & mask) {
            std::size_t const i = slots[at].index_plus_one - 1;
            if (slots[at].tag == tag && names_->names[i] == name.suffix(label))
                return Found{names_->names[i], zones_[i].get()};
        }
    }
    return std::nullopt;
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
