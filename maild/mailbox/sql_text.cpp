// Full text: what the index says, and looking at messages.

#include "maild/mailbox/sql_store.h"

#include "appliance/message/fold.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
constexpr std::uint64_t long_message = std::uint64_t{4} << 20; ///< bytes: two of these are not in memory at once
}

TextCandidates SqlMailStore::text_candidates(MailboxId, std::span<BodyId const> bodies, std::string_view,
                                             message::SearchScope)
{
    TextCandidates candidates;
    candidates.unsure.assign(bodies.begin(), bodies.end());
    std::sort(candidates.unsure.begin(), candidates.unsure.end());
    return candidates;
}

bool SqlMailStore::text_holds(BodyId body, std::string_view needle, message::SearchScope scope)
{
    auto const reader = open(body);
    if (!reader) return false;
    std::unique_lock lock(long_text_, std::defer_lock);
    if (reader->size() > long_message) lock.lock();
    return message::contains(reader->all(), message::fold(needle), scope);
}

} // namespace maild::mailbox
