#pragma once
// Opening a database file: the one thing about it that programs do differently. Each program links one of open/*.cpp:
// Poco::Data opens and owns the session for most; dnsd opens the engine alone, because Poco's three libraries would
// be half of the memory it may use (3 MB, and 3 ms of each start).

#include <memory>
#include <string>

struct sqlite3;

namespace db
{

enum class Access { read_write, read_only };

/// Before anything else is done with the engine: choosing its mode of threads throws away what was registered with
/// it.
void prepare_engine();

/// The handle of a new connection, for one thread at a time: the engine's own locks (a third of the time of reading
/// many rows) are off. Closed with the last copy. `uri` as SQLite has them. Throws StoreError (unavailable).
std::shared_ptr<sqlite3> open_engine(std::string const& uri, Access access);

} // namespace db
