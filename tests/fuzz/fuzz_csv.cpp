#include "appliance/directory/csv.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Every usable row has as many fields as there are columns.
FUZZ_TARGET(csv)
{
    auto const table = directory::read_csv(bytes, {"login", "name", "class", "role", "password", "quota"}, "login");
    if (!table) return;
    for (auto const& row : table->rows)
        if (row.problem.empty() && row.fields.size() != table->header.size()) std::abort();
}
