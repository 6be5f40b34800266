#pragma once
// A database as one file, for backups. Not for moving a database that is in use.

#include <string>

namespace db
{

/// Writes the database as it is at one moment to a new file, while others read and write it. Throws StoreError.
void copy_database(std::string const& from, std::string const& to);
/// Opens the file alone and lets the engine look at all of it: "" when it is in order, else what is wrong.
std::string examine_database(std::string const& path);

} // namespace db
