#pragma once
// A database that holds nothing of its own: everything in it can be made anew from mail.db, so it is thrown away as
// soon as anything is wrong with it. Not for anything that somebody would miss.

#include "appliance/base/error.h"
#include "appliance/db/database.h"

#include <memory>
#include <shared_mutex>
#include <string>

namespace maild::mailbox
{

/// Thrown for bytes in a cache that this program has not written.
struct DamagedCache {
};

/// May be used by any thread.
class CacheFile
{
public:
    /// Opens nothing yet. `event` is logged when it is made anew.
    CacheFile(std::string path, std::string schema, std::string event)
        : path_(std::move(path)), schema_(std::move(schema)), event_(std::move(event))
    {
    }

    /// Opens the file, or makes a new one where it is damaged. False: neither is possible now.
    bool open();
    /// Empties it, with a log line: it said something that is not so.
    void throw_away(std::string_view why);
    /// Gives what `work(Database&)` gives. Throws StoreError, also when it is not open; after `corrupt` (which
    /// DamagedCache becomes) the cache is empty.
    template <class Work>
    auto use(Work&& work)
    {
        std::string why;
        try {
            std::shared_lock const lock(mutex_);
            if (!database_) throw base::StoreError(base::StoreFault::unavailable, path_ + ": not open");
            return work(*database_);
        } catch (DamagedCache const&) { // only a cache: everybody goes on without it
            why = "it holds what was never written";
        } catch (base::StoreError const& error) {
            if (error.fault() != base::StoreFault::corrupt) throw;
            why = error.what();
        }
        throw_away(why);
        throw base::StoreError(base::StoreFault::corrupt, path_ + ": " + why);
    }

private:
    void unlink_all() const;

    std::string const path_;
    std::string const schema_;
    std::string const event_;
    std::shared_mutex mutex_;                ///< of the pointer: whoever uses the database shares it
    std::unique_ptr<db::Database> database_; ///< null: not to be opened
};

} // namespace maild::mailbox
