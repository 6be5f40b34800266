#include "maild/mailbox/packs/flag_pack.h"
#include "maild/mailbox/packs/pack.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace
{
using namespace maild::mailbox;

/// Bytes that are no compressed pack are refused; what is one comes out whole.
void uncompress(std::string_view bytes)
{
    try {
        if (packs::must_uncompress(packs::compress(bytes)) != bytes) std::abort();
        packs::must_uncompress(bytes);
    } catch (DamagedCache const&) {
    }
}

void unpack_flags(Uid uid, std::string_view text)
{
    constexpr ModSeq moment = 1000;
    try {
        packs::must_unpack_flags(uid, text, moment, [&](FlagRow const& flags, std::string_view keywords) {
            auto const again = packs::pack_flags(flags, keywords, moment);
            packs::must_unpack_flags(uid, again, moment, [&](FlagRow const& same, std::string_view same_keywords) {
                if (same.system != flags.system || same.modseq != flags.modseq || same_keywords != keywords)
                    std::abort();
            });
        });
    } catch (DamagedCache const&) {
    }
}
} // namespace

// A damaged pack is refused, never trusted; what is read is written back the same.
FUZZ_TARGET(pack)
{
    uncompress(bytes);
    packs::PackWriter again;
    packs::PackReader pack(bytes);
    try {
        while (pack.next()) {
            again.add(pack.uid(), pack.text());
            unpack_flags(pack.uid(), pack.text().value_or(""));
        }
    } catch (DamagedCache const&) {
        return;
    }
    auto const written = again.take();
    packs::PackReader copy(written);
    packs::PackReader original(bytes);
    while (original.next())
        if (!copy.next() || copy.uid() != original.uid() || copy.text() != original.text()) std::abort();
}
