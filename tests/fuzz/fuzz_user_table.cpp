#include "appliance/base/text.h"
#include "appliance/directory/user_table.h"
#include "tests/support/fuzz.h"
#include "tests/support/two_people.h"

#include <cstdlib>

// Whatever the bytes, people get names that can be shown.
FUZZ_TARGET(user_table)
{
    support::TwoPeople people;
    auto const table = directory::read_user_table(bytes, people, true);
    if (!table) return;
    for (auto const& user : table->users)
        if (!directory::is_valid_login(user.login) || !base::is_utf8(user.name)) std::abort();
}
