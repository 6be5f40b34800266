#include "appliance/box/grubenv.h"
#include "appliance/box/update.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// The head of an update file, GRUB's note, and ours: whatever is read is written and read again as the same.
FUZZ_TARGET(update_file)
{
    auto const text = std::string(bytes);
    if (auto const head = box::parse_update_head(text, "fuzz"); head && head->length > text.size()) std::abort();
    static_cast<void>(box::parse_release(text));
    if (auto const values = box::parse_grubenv(text))
        if (!box::parse_grubenv(box::show_grubenv(*values))) std::abort();
    if (auto const pending = box::parse_pending(text))
        if (box::show(*box::parse_pending(box::show(*pending))) != box::show(*pending)) std::abort();
}
