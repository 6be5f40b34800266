// Which mailboxes there are, and how they are: LIST, LSUB, STATUS, NAMESPACE (RFC 3501 6.3.8 to 6.3.10, RFC 2342).

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/list.h"

namespace maild::imap
{

/// Counts of \Seen are the reader's own in a mailbox of somebody else.
std::string Session::show_status_item(StatusItem item, SeenMailbox const& seen)
{
    auto& store = context_.store;
    auto const& mailbox = seen.mailbox;
    switch (item) {
    case StatusItem::messages: return "MESSAGES " + std::to_string(mailbox.messages);
    case StatusItem::recent: return "RECENT " + std::to_string(store.count_from(mailbox.id, mailbox.recent_from));
    case StatusItem::uid_next: return "UIDNEXT " + std::to_string(mailbox.uid_next);
    case StatusItem::uid_validity: return "UIDVALIDITY " + std::to_string(mailbox.uid_validity);
    case StatusItem::unseen: {
        auto const unseen = seen.is_own ? std::size_t{mailbox.unseen}
                                        : mailbox.messages - store.seen_by(mailbox.id, account()).size();
        return "UNSEEN " + std::to_string(unseen);
    }
    case StatusItem::size: return "SIZE " + std::to_string(mailbox.size);
    case StatusItem::deleted: return "DELETED " + std::to_string(store.deleted(mailbox.id).messages);
    case StatusItem::deleted_storage: return "DELETED-STORAGE " + std::to_string(store.deleted(mailbox.id).bytes);
    case StatusItem::highest_modseq: return "HIGHESTMODSEQ " + std::to_string(mailbox.highest_modseq);
    case StatusItem::mailbox_id: return "MAILBOXID (" + show_mailbox_id(mailbox.id) + ")";
    case StatusItem::append_limit: break;
    }
    return "APPENDLIMIT " + std::to_string(context_.config.message_size_max);
}

std::string Session::show_status(std::vector<StatusItem> const& items, SeenMailbox const& seen)
{
    std::vector<std::string> texts;
    for (auto const item : items) texts.push_back(show_status_item(item, seen));
    return "STATUS " + show_name(seen.name) + " (" + base::join(texts, " ") + ")";
}

/// What the return options ask beside the entry itself.
void Session::tell_listed(ListRequest const& request, SeenMailbox const& seen)
{
    bool const may_read = (seen.rights & mailbox::right_read) != 0;
    if (request.show_rights) untagged("MYRIGHTS " + show_name(seen.name) + ' ' + mailbox::show_rights(seen.rights));
    if (!request.status.empty() && may_read) untagged(show_status(request.status, seen));
    if (request.metadata.empty() || !may_read) return;
    std::uint64_t longest = 0;
    untagged("METADATA " + show_name(seen.name) +
             show_notes(seen.mailbox.id, request.metadata, UINT64_MAX, 0, longest));
}

Reply Session::list(Parser& parser)
{
    auto request = must_list_request(parser);
    if (request.only_separator) { // RFC 3501 6.3.8
        untagged("LIST (\\Noselect) \"/\" \"\"");
        return ok("Listed");
    }
    request.is_extended = request.is_extended || is_enabled(feature_rev2);
    auto const mailboxes = places_->all();
    for (auto const& entry : list_entries(request, mailboxes, context_.store.subscriptions(account()))) {
        untagged(show_list_entry(request, entry, names()));
        if (entry.seen) tell_listed(request, *entry.seen);
    }
    return ok("Listed");
}

Reply Session::lsub(Parser& parser)
{
    auto const request = must_lsub_request(parser);
    auto const mailboxes = places_->all();
    for (auto const& entry : list_entries(request, mailboxes, context_.store.subscriptions(account())))
        untagged(show_list_entry(request, entry, names()));
    return ok("Listed");
}

Reply Session::namespace_(Parser& parser)
{
    parser.must_end();
    untagged("NAMESPACE ((\"\" \"/\")) ((" + show_string(others_prefix) + " \"/\")) ((" + show_string(school_prefix) +
             " \"/\"))");
    return ok("Your own, those of others, those of the classes");
}

Reply Session::status(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const items = must_status_items(parser);
    parser.must_end();
    untagged(show_status(items, places_->must_find(name, mailbox::right_read)));
    return ok("That is its state");
}

} // namespace maild::imap
