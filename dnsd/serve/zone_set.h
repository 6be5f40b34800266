#pragma once
// All zones at one moment, and how the answering threads get the newest without a lock.

#include "dnsd/serve/zone.h"

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Immutable. Zones are shared between one set and the next, and so is the table of their names when it is the same.
class ZoneSet
{
public:
    struct Entry {
        std::string name;                 ///< wire form, lower case
        std::shared_ptr<Zone const> zone; ///< none: it exists but cannot be answered from (SERVFAIL)
    };
    explicit ZoneSet(std::vector<Entry> entries = {});
    /// The same names.
    ZoneSet(ZoneSet const& before, std::vector<std::shared_ptr<Zone const>> zones);

    /// What was found: the zone may be missing, as in Entry.
    struct Found {
        std::string_view name;
        Zone const* zone = nullptr;
    };
    /// The zone with the longest name that the question's name lies in; nothing: not ours.
    /// `skip`: leave out the zone of exactly that name (DS is the parent's, RFC 4035 3.1.4.1).
    std::optional<Found> find(QuestionName const& name, bool skip_exact = false) const;

    std::size_t size() const { return zones_.size(); }
    std::string_view name(std::size_t i) const { return names_->names[i]; }
    std::shared_ptr<Zone const> const& zone(std::size_t i) const { return zones_[i]; }

private:
    /// Open addressing over the hashes.
    struct Names {
        struct Slot {
            std::uint32_t tag = 0;
            std::uint32_t index_plus_one = 0;
        };
        std::vector<std::string> names;
        std::vector<Slot> slots;
        std::bitset<most_labels + 1> depths; ///< how many labels some zone's name has
    };

    std::shared_ptr<Names const> names_;
    std::vector<std::shared_ptr<Zone const>> zones_;
};

/// Where the watcher puts a new set and the answering threads find it.
class CurrentZones
{
public:
    CurrentZones() : zones_(std::make_shared<ZoneSet const>()) {}
    /// Old sets are kept until no thread uses them, so that none of those has to take one apart.
    void publish(std::shared_ptr<ZoneSet const> zones);
    /// Lets go of old sets that nobody uses any more. For the watcher, now and then.
    void sweep();
    std::shared_ptr<ZoneSet const> get() const;
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<ZoneSet const> zones_;
    std::vector<std::shared_ptr<ZoneSet const>> old_;
    std::atomic<std::uint64_t> version_{1};
};

/// One thread's hold on the current set. refresh() costs one atomic load unless there is news.
class ZonesInUse
{
public:
    explicit ZonesInUse(CurrentZones const& current) : current_(current) {}
    ZoneSet const& refresh()
    {
        if (auto const version = current_.version(); version != version_) {
            zones_ = current_.get();
            version_ = version;
        }
        return *zones_;
    }

private:
    CurrentZones const& current_;
    std::shared_ptr<ZoneSet const> zones_;
    std::uint64_t version_ = 0;
};

} // namespace dnsd
