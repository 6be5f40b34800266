// Without Poco::Data, for dnsd.

#include "appliance/base/error.h"
#include "appliance/db/open.h"

#include <sqlite3.h>

namespace db
{

void prepare_engine() {}

std::shared_ptr<sqlite3> open_engine(std::string const& uri, Access access)
{
    int const flags =
        SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
        (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3* opened = nullptr;
    int const code = sqlite3_open_v2(uri.c_str(), &opened, flags, nullptr);
    std::shared_ptr<sqlite3> handle(opened, sqlite3_close);
    if (code != SQLITE_OK) throw base::StoreError(base::StoreFault::unavailable, sqlite3_errstr(code));
    return handle;
}

} // namespace db
