// RFC 3501 section 6.3: commands after login, about mailboxes as a whole.

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/list.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
/// CREATE's "(USE (\Sent))" (RFC 6154 section 3).
mailbox::SpecialUse must_special_use(Parser& parser)
{
    if (!parser.take("USE (")) throw_bad("Unknown parameter of CREATE");
    auto use = mailbox::SpecialUse::none;
    for (bool first = true; !parser.take(')'); first = false) {
        if (!first) throw_no("USEATTR", "A mailbox can have one use only");
        parser.must_take('\\');
        auto const name = base::lower(parser.must_atom());
        if (name == "drafts")
            use = mailbox::SpecialUse::drafts;
        else if (name == "sent")
            use = mailbox::SpecialUse::sent;
        else if (name == "trash")
            use = mailbox::SpecialUse::trash;
        else if (name == "junk")
            use = mailbox::SpecialUse::junk;
        else
            throw_no("USEATTR", "This use is not known here");
    }
    parser.must_take(')');
    return use;
}

std::string show_status_item(StatusItem item, mailbox::MailStore& store, mailbox::Mailbox const& mailbox,
                             std::size_t append_limit)
{
    switch (item) {
    case StatusItem::messages: return "MESSAGES " + std::to_string(mailbox.messages);
    case StatusItem::recent: return "RECENT " + std::to_string(store.count_from(mailbox.id, mailbox.recent_from));
    case StatusItem::uid_next: return "UIDNEXT " + std::to_string(mailbox.uid_next);
    case StatusItem::uid_validity: return "UIDVALIDITY " + std::to_string(mailbox.uid_validity);
    case StatusItem::unseen: return "UNSEEN " + std::to_string(mailbox.unseen);
    case StatusItem::size: return "SIZE " + std::to_string(mailbox.size);
    case StatusItem::append_limit: break;
    }
    return "APPENDLIMIT " + std::to_string(append_limit);
}

std::string show_status(std::vector<StatusItem> const& items, mailbox::MailStore& store,
                        mailbox::Mailbox const& mailbox, std::size_t append_limit)
{
    std::vector<std::string> texts;
    for (auto const item : items) texts.push_back(show_status_item(item, store, mailbox, append_limit));
    return "STATUS " + show_mailbox(mailbox.name) + " (" + base::join(texts, " ") + ")";
}
} // namespace

/// RFC 5161. Nothing that we offer must be enabled yet; unknown names are ignored as the RFC asks.
Reply Session::enable(Parser& parser)
{
    do {
        parser.must_space();
        parser.must_atom();
    } while (!parser.at_end());
    untagged("ENABLED");
    return ok("Nothing was enabled");
}

Reply Session::select(Parser& parser) { return open_mailbox(parser, Access::read_write); }
Reply Session::examine(Parser& parser) { return open_mailbox(parser, Access::read_only); }

/// RFC 3501 6.3.1 and 6.3.2. A failing SELECT leaves no mailbox selected.
Reply Session::open_mailbox(Parser& parser, Access access)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();

    if (view_) untagged("OK [CLOSED] The mailbox before is closed");
    close_mailbox();
    auto mailbox = context_.store.find(account(), name);
    if (!mailbox) throw_no("NONEXISTENT", "There is no such mailbox");
    // Subscribed before the messages are read, so that no change falls between the two.
    news_->fresh = false;
    subscription_ = context_.store.subscribe(account(), [news = news_, id = mailbox->id](mailbox::MailboxId changed) {
        if (changed != id) return;
        news->fresh = true;
        if (news->idling) news->wakeup.notify();
    });
    view_.emplace(context_.store, *context_.maps, *mailbox, access);

    auto const flags = view_->flag_names();
    auto const& opened = view_->mailbox();
    untagged("FLAGS " + flags);
    untagged(std::to_string(view_->size()) + " EXISTS");
    untagged(std::to_string(view_->recent()) + " RECENT");
    if (auto const unseen = view_->first_unseen())
        untagged("OK [UNSEEN " + std::to_string(*unseen) + "] The first message not yet read");
    if (access == Access::read_only)
        untagged("OK [PERMANENTFLAGS ()] Read-only");
    else
        untagged("OK [PERMANENTFLAGS " + flags.substr(0, flags.size() - 1) + " \\*)] Flags that can be changed");
    untagged("OK [UIDVALIDITY " + std::to_string(opened.uid_validity) + "] The UIDs are valid");
    untagged("OK [UIDNEXT " + std::to_string(opened.uid_next) + "] The next UID");
    return access == Access::read_only ? ok("Opened", "READ-ONLY") : ok("Opened", "READ-WRITE");
}

void Session::close_mailbox()
{
    subscription_.reset();
    view_.reset();
    structures_ = {};
}

/// Asked anew for each command that stores, because administrators change it.
std::uint64_t Session::quota()
{
    if (auto const now = context_.directory.find_user(user_->id)) user_->quota = now->quota;
    return user_->quota;
}

Reply Session::create(Parser& parser)
{
    parser.must_space();
    auto name = parser.must_mailbox();
    auto use = mailbox::SpecialUse::none;
    if (parser.take(" (")) use = must_special_use(parser);
    parser.must_end();

    // RFC 3501 6.3.3: a separator at the end says that names will come below it.
    if (name.size() > 1 && name.back() == '/') name.pop_back();
    auto const refusal = context_.store.create(account(), name, use);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Created");
}

Reply Session::delete_(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();

    auto const refusal = context_.store.remove(account(), name);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    if (view_ && view_->mailbox().name == name) {
        untagged("OK [CLOSED] The deleted mailbox is closed");
        close_mailbox();
    }
    return ok("Deleted");
}

Reply Session::rename(Parser& parser)
{
    parser.must_space();
    auto const from = parser.must_mailbox();
    parser.must_space();
    auto const to = parser.must_mailbox();
    parser.must_end();

    auto const refusal = context_.store.rename(account(), from, to);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Renamed");
}

Reply Session::subscribe(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const refusal = context_.store.set_subscribed(account(), name, true);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Subscribed");
}

Reply Session::unsubscribe(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const refusal = context_.store.set_subscribed(account(), name, false);
    // Not subscribed before is as good as not subscribed now.
    if (refusal != mailbox::Refusal::none && refusal != mailbox::Refusal::missing) return refused(refusal);
    return ok("Unsubscribed");
}

Reply Session::list(Parser& parser)
{
    auto const request = must_list_request(parser);
    if (request.only_separator) { // RFC 3501 6.3.8
        untagged("LIST (\\Noselect) \"/\" \"\"");
        return ok("Listed");
    }
    auto const mailboxes = context_.store.mailboxes(account());
    for (auto const& entry : list_entries(request, mailboxes, context_.store.subscriptions(account()))) {
        untagged(show_list_entry(request, entry));
        if (!request.status.empty() && entry.mailbox)
            untagged(show_status(request.status, context_.store, *entry.mailbox, context_.config.message_size_max));
    }
    return ok("Listed");
}

Reply Session::lsub(Parser& parser)
{
    auto const request = must_lsub_request(parser);
    auto const mailboxes = context_.store.mailboxes(account());
    for (auto const& entry : list_entries(request, mailboxes, context_.store.subscriptions(account())))
        untagged(show_list_entry(request, entry));
    return ok("Listed");
}

Reply Session::namespace_(Parser& parser)
{
    parser.must_end();
    untagged("NAMESPACE ((\"\" \"/\")) NIL NIL");
    return ok("One namespace");
}

Reply Session::status(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const items = must_status_items(parser);
    parser.must_end();

    auto const mailbox = context_.store.find(account(), name);
    if (!mailbox) throw_no("NONEXISTENT", "There is no such mailbox");
    untagged(show_status(items, context_.store, *mailbox, context_.config.message_size_max));
    return ok("That is its state");
}

} // namespace maild::imap
