#include "appliance/db/database.h"

#include "appliance/base/error.h"
#include "appliance/db/dialect.h"
#include "appliance/db/migrate.h"
#include "appliance/db/writer.h"

#include <mutex>
#include <vector>

namespace db
{

namespace
{
/// Idle readers beyond this many are closed: each holds some 100 KB of cache.
constexpr std::size_t most_idle_readers = 8;
} // namespace

class Database::Implementation
{
public:
    explicit Implementation(Options chosen) : options(std::move(chosen))
    {
        if (options.mode == Mode::read_write) {
            auto connection = std::make_unique<Connection>(options.path, Access::read_write);
            bool const is_cache = options.durability == Durability::cache;
            if (is_cache) require_not_older(*connection, options.schema);
            migrate(*connection, options.schema);
            if (is_cache) connection->script("PRAGMA synchronous=NORMAL");
            writer = std::make_unique<Writer>(std::move(connection));
        } else {
            auto connection = open_reader();
            require_current(*connection, options.schema);
            idle.push_back(std::move(connection));
        }
    }

    std::unique_ptr<Connection> open_reader() const
    {
        return std::make_unique<Connection>(options.path, Access::read_only);
    }

    Options options;
    std::unique_ptr<Writer> writer;
    std::mutex mutex;
    std::vector<std::unique_ptr<Connection>> idle;
    std::mutex watcher_mutex;
    std::unique_ptr<Connection> watcher;
};

Database::Database(Options options) : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Database::~Database() = default;

std::string const& Database::path() const { return implementation_->options.path; }

void Database::submit(std::function<void(Transaction&)> work)
{
    if (!implementation_->writer)
        throw base::StoreError(base::StoreFault::unavailable, path() + ": opened for reading only");
    implementation_->writer->run(std::move(work));
}

std::int64_t Database::data_version()
{
    auto& self = *implementation_;
    std::lock_guard const lock(self.watcher_mutex);
    if (!self.watcher) self.watcher = self.open_reader();
    return self.watcher->data_version();
}

std::uint64_t Database::reusable_bytes()
{
    Snapshot snapshot(*this);
    return snapshot.connection().reusable_bytes();
}

std::unique_ptr<Connection> Database::borrow()
{
    auto& self = *implementation_;
    {
        std::lock_guard const lock(self.mutex);
        if (!self.idle.empty()) {
            auto connection = std::move(self.idle.back());
            self.idle.pop_back();
            return connection;
        }
    }
    return self.open_reader();
}

void Database::give_back(std::unique_ptr<Connection> connection)
{
    auto& self = *implementation_;
    std::lock_guard const lock(self.mutex);
    if (self.idle.size() < most_idle_readers) self.idle.push_back(std::move(connection));
}

Database::Snapshot::Snapshot(Database& database) : database_(database), connection_(database.borrow())
{
    connection_->script("BEGIN");
}

Database::Snapshot::~Snapshot()
{
    try {
        connection_->script("COMMIT");
        database_.give_back(std::move(connection_));
    } catch (base::StoreError const&) { // a connection that cannot end its snapshot is dropped
    }
}

} // namespace db
