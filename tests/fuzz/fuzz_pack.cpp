#include "maild/mailbox/packs/pack.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// A damaged pack is refused, never trusted; what is read is written back the same.
FUZZ_TARGET(pack)
{
    using namespace maild::mailbox;
    packs::PackWriter again;
    packs::PackReader pack(bytes);
    try {
        while (pack.next()) again.add(pack.uid(), pack.text());
    } catch (DamagedCache const&) {
        return;
    }
    auto const written = again.take();
    packs::PackReader copy(written);
    packs::PackReader original(bytes);
    while (original.next())
        if (!copy.next() || copy.uid() != original.uid() || copy.text() != original.text()) std::abort();
}
