#include "maild/mailbox/cache_file.h"

#include "appliance/base/log.h"

#include <mutex>
#include <unistd.h>

namespace maild::mailbox
{

bool CacheFile::open()
{
    std::unique_lock const lock(mutex_);
    if (database_) return true;
    auto const open_file = [&] {
        database_ =
            std::make_unique<db::Database>(db::Options{path_, schema_, db::Mode::read_write, db::Durability::cache});
        // Whoever asks first need not wait until a reader is open.
        database_->read([](db::Reader& reader) { return reader.number("SELECT COUNT(*) FROM sqlite_schema"); });
    };
    try {
        try {
            open_file();
        } catch (base::StoreError const& error) { // only a cache: made anew
            if (error.fault() != base::StoreFault::corrupt) throw;
            base::log(base::Level::warning, "", event_, {{"file", path_}, {"why", error.what()}});
            unlink_all();
            open_file();
        }
    } catch (base::StoreError const&) { // full, unreadable: whoever fills it tries again and tells
        return false;
    }
    return true;
}

void CacheFile::throw_away(std::string_view why)
{
    {
        std::unique_lock const lock(mutex_);
        if (!database_) return;
        base::log(base::Level::warning, "", event_, {{"file", path_}, {"why", std::string(why)}});
        database_.reset();
        unlink_all();
    }
    open();
}

void CacheFile::unlink_all() const
{
    for (auto const* suffix : {"", "-wal", "-shm"}) ::unlink((path_ + suffix).c_str());
}

} // namespace maild::mailbox
