#pragma once
// Keeps the served zones equal to those in the database. One thread, never an answering one.

#include "appliance/base/file.h"
#include "appliance/db/database.h"
#include "dnsd/serve/zone_loader.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace dnsd
{

/// Hears of every write to the database from the kernel (inotify), then looks at its change counter until the commit
/// shows: a change is served some tenths of a millisecond after it was committed. Where the kernel cannot tell, it
/// looks every few milliseconds. A database that is gone or broken: the last zones stay, and it is tried again every
/// second.
class ZoneWatcher
{
public:
    /// What else is read from the database after each change, in the watcher's thread.
    using ReadSettings = std::function<void(db::Reader&)>;

    /// `path`: the database. Loads once before it returns, as far as possible.
    ZoneWatcher(std::string path, CurrentZones& zones, ReadSettings read_settings = {});
    ~ZoneWatcher();
    ZoneWatcher(ZoneWatcher const&) = delete;
    ZoneWatcher& operator=(ZoneWatcher const&) = delete;

    /// After confine(): from now on in its own thread.
    void start();

private:
    using Clock = std::chrono::steady_clock;

    void loop();
    void look();
    void open();
    void close();
    void listen();
    bool is_replaced() const;
    Clock::duration pause() const;
    /// False: the end.
    bool wait();
    void hear();

    std::string path_;
    CurrentZones& zones_;
    ZoneLoader loader_;
    ReadSettings read_settings_;
    std::unique_ptr<db::Database> database_;
    std::pair<std::uint64_t, std::uint64_t> file_{}; ///< device and inode of the open database
    std::optional<std::int64_t> version_;            ///< the change counter when we last read
    std::string trouble_;                            ///< what was last logged, so that it is said once
    base::Fd events_;                                ///< inotify
    base::Fd stop_;                                  ///< eventfd
    Clock::time_point heard_{};                      ///< the last write
    std::thread thread_;
};

} // namespace dnsd
