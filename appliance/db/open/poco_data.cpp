// With Poco::Data, for all programs but dnsd.

#include "appliance/base/error.h"
#include "appliance/db/open.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Exception.h>
#include <mutex>

namespace db
{

void prepare_engine()
{
    static std::once_flag once;
    std::call_once(once, [] {
        Poco::Data::SQLite::Utility::setThreadMode(Poco::Data::SQLite::Utility::THREAD_MODE_MULTI);
        Poco::Data::SQLite::Connector::registerConnector();
    });
}

std::shared_ptr<sqlite3> open_engine(std::string const& uri, Access)
{
    constexpr std::size_t timeout_seconds = 5;
    try {
        auto const session = std::make_shared<Poco::Data::Session>("SQLite", uri, timeout_seconds);
        return {session, Poco::Data::SQLite::Utility::dbHandle(*session)}; // owns the session, shows the handle
    } catch (Poco::Exception const& error) {
        throw base::StoreError(base::StoreFault::unavailable, error.displayText());
    }
}

} // namespace db
