#include "appliance/db/migrate.h"

#include "appliance/base/clock.h"
#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "appliance/db/dialect.h"

namespace db
{

namespace
{
/// The number NNN of "school/NNN-what.sql" when it belongs to schema NAME, else 0.
std::int64_t number_of(SchemaFile const& file, std::string_view name)
{
    if (!file.path.starts_with(name) || file.path.substr(name.size(), 1) != "/") return 0;
    return static_cast<std::int64_t>(base::parse_number(file.path.substr(name.size() + 1, 3)).value_or(0));
}

std::int64_t newest_known(std::string_view name)
{
    std::int64_t newest = 0;
    for (auto const& file : schema_files()) newest = std::max(newest, number_of(file, name));
    return newest;
}

std::int64_t applied(Connection& connection)
{
    return Reader(connection).number("SELECT MAX(number) FROM schema_version").value_or(0);
}
} // namespace

void migrate(Connection& connection, std::string_view name)
{
    connection.script("BEGIN IMMEDIATE");
    try {
        connection.script("CREATE TABLE IF NOT EXISTS schema_version "
                          "(number INTEGER PRIMARY KEY, file TEXT NOT NULL, applied INTEGER NOT NULL)");
        auto const have = applied(connection);
        if (have > newest_known(name))
            throw base::StoreError(base::StoreFault::corrupt, "the database is newer than this program");
        Transaction transaction(connection);
        for (auto const& file : schema_files()) {
            auto const number = number_of(file, name);
            if (number <= have) continue;
            connection.script(std::string(file.sql));
            transaction.exec("INSERT INTO schema_version (number, file, applied) VALUES (?, ?, ?)", number, file.path,
                             base::system_clock().now());
        }
        connection.script("COMMIT");
    } catch (...) { // whatever it was, nothing half-applied may stay
        if (connection.in_transaction()) connection.script("ROLLBACK");
        throw;
    }
}

void require_not_older(Connection& connection, std::string_view name)
{
    bool const is_new = !Reader(connection).number("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'");
    if (!is_new && applied(connection) < newest_known(name))
        throw base::StoreError(base::StoreFault::corrupt, "the database is of an older version");
}

void require_current(Connection& connection, std::string_view name)
{
    if (applied(connection) != newest_known(name))
        throw base::StoreError(base::StoreFault::unavailable, "the database has another schema than this program");
}

} // namespace db
