#pragma once
// All zones at one moment, and how the answering threads get the newest without a lock.

#include "dnsd/serve/zone.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Immutable. Zones are shared between one set and the next.
class ZoneSet
{
public:
    struct Entry {
        std::string name;                 ///< wire form, lower case
        std::shared_ptr<Zone const> zone; ///< none: it exists but was never good (SERVFAIL)
    };
    explicit ZoneSet(std::vector<Entry> entries = {});

    /// The zone with the longest name that the question's name lies in; nullptr: not ours.
    /// `skip`: leave out the zone of exactly that name (DS is the parent's, RFC 4035 3.1.4.1).
    Entry const* find(QuestionName const& name, bool skip_exact = false) const;
    std::vector<Entry> const& entries() const { return entries_; }

private:
    std::vector<Entry> entries_;
    NameTable table_;
    std::vector<bool> depths_; ///< how many labels some zone's name has
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
