#include "appliance/directory/contact_files.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// What is read from a card is written and read back as the same.
FUZZ_TARGET(vcard)
{
    auto const first = directory::read_vcards(bytes);
    auto const second = directory::read_vcards(directory::write_vcards(first.contacts));
    if (!first.contacts.empty() && second.contacts != first.contacts) std::abort();
}
