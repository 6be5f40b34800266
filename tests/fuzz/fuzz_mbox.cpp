// An mbox file that anybody may have written: messages within the limit, and an end. What is written comes back.

#include "maild/transfer/mbox.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

using namespace maild::transfer;

FUZZ_TARGET(mbox)
{
    auto const read = [](std::string_view file, std::size_t largest) {
        MboxReader reader([file](std::uint64_t at, char* to,
                                 std::size_t count) { return at < file.size() ? file.copy(to, count, at) : 0; },
                          largest);
        std::vector<MboxMessage> all;
        while (auto message = reader.next()) all.push_back(std::move(*message));
        return all;
    };
    for (auto const& message : read(bytes, 1000))
        if (message.bytes.size() > 2000) std::abort(); // each LF may get a CR
    auto const back = read(show_mbox({bytes, {}, 7, 9}) + show_mbox({"x", {}, 0, 0}), 1 << 20);
    if (back.size() != 2 || back[0].bytes != bytes || back[0].uid_validity != 7 || back[1].bytes != "x") std::abort();
}
