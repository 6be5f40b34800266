#pragma once
// Keeps the served zones equal to those in the school database. One thread, never an answering one.

#include "appliance/db/database.h"
#include "dnsd/serve/zone_set.h"
#include "dnsd/zone/zone_store.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace dnsd
{

/// Turns what the store says into the next set of zones. A zone that cannot be built keeps its last good version.
class ZoneLoader
{
public:
    explicit ZoneLoader(CurrentZones& zones) : zones_(zones) {}

    /// Publishes a new set when something changed. Throws base::StoreError; then nothing has changed.
    void load(ZoneStore& store);

private:
    ZoneChanges read(ZoneStore& store) const;
    std::map<std::string, std::shared_ptr<Zone const>> build(ZoneChanges const& changes) const;

    CurrentZones& zones_;
    std::map<std::string, std::int64_t> revisions_;             ///< of what was last read, good or not
    std::map<std::string, std::shared_ptr<Zone const>> served_; ///< by name; empty pointer: never good
};

/// Looks at the database's change counter many times a second. A database that is gone or broken: the last zones
/// stay, and it is tried again every second.
class ZoneWatcher
{
public:
    /// `path`: the school database. Loads once before it returns, as far as possible.
    ZoneWatcher(std::string path, CurrentZones& zones);
    ~ZoneWatcher();
    ZoneWatcher(ZoneWatcher const&) = delete;
    ZoneWatcher& operator=(ZoneWatcher const&) = delete;

    /// After confine(): from now on in its own thread.
    void start();

private:
    void loop();
    void look();
    void open();
    bool is_replaced() const;

    std::string path_;
    CurrentZones& zones_;
    ZoneLoader loader_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ZoneStore> store_;
    std::pair<std::uint64_t, std::uint64_t> file_{}; ///< device and inode of the open database
    std::optional<std::int64_t> version_;            ///< the change counter when we last read
    std::string trouble_;                            ///< what was last logged, so that it is said once
    std::mutex mutex_;
    std::condition_variable stop_now_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace dnsd
