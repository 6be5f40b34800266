#include "appliance/db/copy.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "appliance/db/dialect.h"

namespace db
{

void copy_database(std::string const& from, std::string const& to)
{
    Connection connection(from, Access::read_write);
    connection.script("VACUUM INTO '" + base::replace_all(to, "'", "''") + "'");
}

std::string examine_database(std::string const& path)
{
    try {
        Connection connection(path, Access::read_write);
        return Reader(connection).text("PRAGMA quick_check(1)").value_or("empty") == "ok" ? "" : "it is damaged";
    } catch (base::StoreError const& error) { // so damaged that it cannot even be opened
        return error.what();
    }
}

} // namespace db
