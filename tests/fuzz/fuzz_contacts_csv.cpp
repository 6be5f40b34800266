#include "appliance/directory/contact_files.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Whatever the columns, every contact can be kept; as many come back from our own file.
FUZZ_TARGET(contacts_csv)
{
    auto const read = directory::read_contact_csv(bytes);
    for (auto contact : read.contacts)
        if (!directory::tidy(contact)) std::abort();
    auto const again = directory::read_contact_csv(directory::write_contact_csv(read.contacts));
    if (again.contacts.size() != read.contacts.size()) std::abort();
}
