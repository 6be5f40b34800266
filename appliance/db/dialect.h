#pragma once
// Everything that is SQLite: opening, pragmas, prepared statements, error codes. Included by db/*.cpp only.
//
// The engine's own interface, without Poco::Data: its bindings cost about 30 % of the transactions per second (3,054
// against 4,394) and cannot reuse a statement with new values; to open a file alone it would bring three libraries
// into every process (3 MB, 3 ms of each start). A server engine would come through it, in a dialect of its own.

#include "appliance/db/statement.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct sqlite3;

namespace db
{

enum class Access { read_write, read_only };

/// One connection with its statement cache. Used by one thread at a time.
class Connection
{
public:
    /// Throws StoreError (unavailable, corrupt, busy).
    Connection(std::string const& path, Access access);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Runs SQL text without arguments, several statements allowed (transactions, migrations, pragmas).
    void script(std::string const& sql);
    /// A ready statement for this literal, from the cache or new.
    sqlite3_stmt* prepare(std::string_view sql, std::span<Argument const> arguments);
    /// True: a row; false: the end. Throws StoreError.
    bool step(sqlite3_stmt* statement);
    void give_back(sqlite3_stmt* statement);
    std::int64_t changes() const;
    /// Changes whenever another connection has committed.
    std::int64_t data_version();
    /// Of free pages within the file.
    std::uint64_t reusable_bytes();
    bool in_transaction() const;

private:
    [[noreturn]] void fail(int code, std::string_view doing);

    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    using Handle = std::unique_ptr<sqlite3, Closer>;
    static Handle open(std::string const& path, Access access);

    Handle handle_;
    std::unordered_map<char const*, std::vector<sqlite3_stmt*>> idle_; ///< by address of the SQL literal
    std::unordered_map<sqlite3_stmt*, char const*> origin_;
};

} // namespace db
