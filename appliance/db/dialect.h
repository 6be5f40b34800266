#pragma once
// Everything that is SQLite: pragmas, prepared statements, error codes. Included by db/*.cpp only. Opening: open.h.
//
// Statements run on the engine's own handle, because Poco's bindings cost about 30 % of the transactions per second
// (3,054 against 4,394) and cannot reuse a statement with new values.

#include "appliance/db/open.h"
#include "appliance/db/statement.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace db
{

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

    std::shared_ptr<sqlite3> handle_;
    std::unordered_map<char const*, std::vector<sqlite3_stmt*>> idle_; ///< by address of the SQL literal
    std::unordered_map<sqlite3_stmt*, char const*> origin_;
};

} // namespace db
