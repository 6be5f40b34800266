#include "maild/mailbox/reader_store.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// The first message without \Seen of a mailbox is looked for among so many; SELECT need not tell it.
constexpr std::size_t looked_at = 1000;

std::uint32_t with_seen(std::uint32_t system, bool seen)
{
    return seen ? system | flag_seen : system & ~std::uint32_t{flag_seen};
}
} // namespace

void ReaderStore::show_own(MailboxId mailbox, std::vector<MessageInfo>& messages)
{
    if (!is_foreign(mailbox) || messages.empty()) return;
    auto const seen = real().seen_by(mailbox, reader_);
    for (auto& message : messages) message.flags.system = with_seen(message.flags.system, seen.contains(message.uid));
}

std::optional<Overview> ReaderStore::overview(MailboxId mailbox, Uid recent_from)
{
    auto found = ForwardingStore::overview(mailbox, recent_from);
    if (!found || !is_foreign(mailbox)) return found;
    auto const first = messages(mailbox, UidSet::of({1, found->mailbox.uid_next}), 1, looked_at);
    auto const unseen = std::find_if(first.begin(), first.end(), [](MessageInfo const& message) {
        return (message.flags.system & flag_seen) == 0;
    });
    found->first_unseen.reset();
    if (unseen != first.end()) found->first_unseen = static_cast<std::uint32_t>(unseen - first.begin()) + 1;
    return found;
}

std::vector<MessageInfo> ReaderStore::messages(MailboxId mailbox)
{
    auto all = ForwardingStore::messages(mailbox);
    show_own(mailbox, all);
    return all;
}

std::vector<MessageInfo> ReaderStore::messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most)
{
    auto some = ForwardingStore::messages(mailbox, uids, from, most);
    show_own(mailbox, some);
    return some;
}

std::vector<MessageInfo> ReaderStore::flags_of(MailboxId mailbox, UidSet const& uids)
{
    auto some = ForwardingStore::flags_of(mailbox, uids);
    show_own(mailbox, some);
    return some;
}

std::vector<FlagRow> ReaderStore::flag_rows(MailboxId mailbox, UidRange uids)
{
    auto rows = ForwardingStore::flag_rows(mailbox, uids);
    if (!is_foreign(mailbox)) return rows;
    auto const seen = real().seen_by(mailbox, reader_);
    for (auto& row : rows) row.system = with_seen(row.system, seen.contains(row.uid));
    return rows;
}

MailStore::FlagsStored ReaderStore::store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change,
                                                Flags const& flags, FlagOptions const& options)
{
    if (!is_foreign(mailbox)) return ForwardingStore::store_flags(mailbox, uids, change, flags, options);
    auto shared = options;
    shared.changeable.system &= ~std::uint32_t{flag_seen};
    shared.means = Means::unsaid; // the trace is about the owner
    auto stored = ForwardingStore::store_flags(mailbox, uids, change, flags, shared);
    bool const named = (flags.system & flag_seen) != 0;
    if ((options.changeable.system & flag_seen) != 0 && (named || change == FlagChange::replace)) {
        auto const seen = named && change != FlagChange::remove ? Seen::yes : Seen::no;
        auto own = real().set_seen_by(mailbox, reader_, uids - stored.failed, seen);
        stored.now = std::move(own.now);
        stored.modseqs.insert(stored.modseqs.end(), own.modseqs.begin(), own.modseqs.end());
    }
    show_own(mailbox, stored.now);
    return stored;
}

} // namespace maild::mailbox
