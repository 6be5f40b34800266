// kotakpos-sharing that anybody may have written: what is understood is written back and understood the same.

#include "maild/transfer/sharing_file.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

using namespace maild::transfer;

FUZZ_TARGET(sharing)
{
    People const people{[](auto account) { return std::optional("u" + std::to_string(account)); },
                        [](std::string_view login) { return std::optional<std::int64_t>(login.size() + 2); }};
    auto const first = parse_sharing(bytes, 1, people).sharing;
    auto const again = parse_sharing(show_sharing(first, 1, people), 1, people).sharing;
    if (again.acl.size() != first.acl.size() || again.notes.size() != first.notes.size()) std::abort();
}
