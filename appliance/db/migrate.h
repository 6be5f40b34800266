#pragma once
// Numbered schema files (db/schema/NAME/NNN-what.sql), applied in order and recorded in the database itself.

#include <span>
#include <string>
#include <string_view>

namespace db
{

class Connection;

struct SchemaFile {
    std::string_view path; ///< "school/001-people.sql"
    std::string_view sql;
};

/// All schema files, compiled in, in order of path.
std::span<SchemaFile const> schema_files();

/// Applies what is missing of schema NAME; two processes may do it at the same time. Throws StoreError, and `corrupt`
/// when the database is newer than this program.
void migrate(Connection& connection, std::string_view name);

/// For caches, which are made anew rather than brought up to date: throws StoreError (corrupt) when the database was
/// made with an older schema NAME.
void require_not_older(Connection& connection, std::string_view name);

/// For read-only users: throws StoreError (unavailable) unless the database has exactly this program's schema.
void require_current(Connection& connection, std::string_view name);

} // namespace db
