// Full text: what the index says, and looking at messages. Filling the caches without their threads.

#include "maild/mailbox/sql_store.h"
#include "maild/mailbox/whole_message.h"

#include "appliance/message/fold.h"

namespace maild::mailbox
{

namespace
{
constexpr std::uint64_t long_message = std::uint64_t{4} << 20; ///< bytes: not looked at only to be sure
}

TextCandidates SqlMailStore::text_candidates(MailboxId mailbox, std::span<BodyId const> bodies,
                                             std::string_view needle, message::SearchScope scope)
{
    auto const account = database_.read([&](db::Reader& reader) {
        return reader.number("SELECT account_id FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0);
    });
    auto const folded = message::fold(needle);
    auto candidates = text_index_.candidates(account, bodies, folded, scope);
    if (candidates.certain.empty()) return candidates;
    // One is looked at: an index that was damaged without the engine noticing shows here sooner or later.
    auto const sample = candidates.certain[candidates.certain.size() / 2];
    auto const reader = open(sample);
    if (!reader || reader->size() > long_message || message::contains(WholeMessage(*reader).bytes(), folded, scope))
        return candidates;
    text_index_.throw_away("it names a message that does not hold the text");
    return text_index_.candidates(account, bodies, folded, scope);
}

void SqlMailStore::fill_text_index()
{
    text_filler_.look_at_all();
    while (text_filler_.step()) {
    }
}

void SqlMailStore::fill_packs()
{
    while (index_step()) {
    }
    packer_.look_at_all();
    while (packer_.step()) {
    }
}

bool SqlMailStore::text_holds(BodyId body, std::string_view needle, message::SearchScope scope)
{
    auto const reader = open(body);
    if (!reader) return false;
    return message::contains(WholeMessage(*reader).bytes(), message::fold(needle), scope);
}

} // namespace maild::mailbox
