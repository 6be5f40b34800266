// NOTIFY (RFC 5465): the session is woken for the events that it asked for, and tells them between commands.

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "maild/imap/limits.h"

#include <algorithm>
#include <set>

namespace maild::imap
{

namespace
{
bool has_messages_changed(mailbox::Mailbox const& before, mailbox::Mailbox const& now, unsigned events)
{
    if ((events & event_message_new) == 0) return false;
    if (before.uid_next != now.uid_next || before.messages != now.messages) return true;
    return (events & event_flag_change) != 0 && before.highest_modseq != now.highest_modseq;
}
} // namespace

Reply Session::notify(Parser& parser)
{
    parser.must_space();
    auto request = must_notify_request(parser);
    parser.must_end();
    if (view_) sync(Expunges::tell); // RFC 5465 3.1: what has gathered is told first
    watch_.reset();
    news_->wakes = false;
    if (!request) return ok("Nothing is told unasked");

    auto watch = std::make_unique<Watch>();
    watch->request = std::move(*request);
    watch_others(*watch);
    watch_ = std::move(watch);
    news_->wakes = true;
    return ok("News will be told");
}

/// Subscribes first, so that no change falls between that and the look at how things are.
void Session::watch_others(Watch& watch)
{
    std::set<mailbox::AccountId> accounts{account()};
    for (auto const& seen : places_->all()) accounts.insert(seen.mailbox.account);
    for (auto const one : accounts)
        watch.subscriptions.push_back(context_.store.subscribe(one, [news = news_](mailbox::MailboxId) {
            news->others = true;
            if (news->wakes) news->wakeup.notify();
        }));
    auto const names = context_.store.subscriptions(account());
    for (auto& seen : places_->all()) {
        auto one = watched(std::move(seen), names, watch);
        bool const may_read = (one.seen.rights & mailbox::right_read) != 0;
        if ((one.events & event_of_messages) != 0 && !may_read) {
            untagged("LIST (\\NoAccess) \"/\" " + show_name(one.seen.name));
        } else if (watch.request.with_status && (one.events & event_of_messages) != 0 &&
                   !(view_ && view_->id() == one.seen.mailbox.id)) {
            tell_status(one.seen, one.events);
        }
        auto const id = one.seen.mailbox.id;
        watch.told.emplace(id, std::move(one));
        if (watch.told.size() > limits::notify_mailboxes)
            throw_no("NOTIFICATIONOVERFLOW", "There are too many mailboxes to watch");
    }
    if (watch.has_server_notes()) watch.server_notes = watched_notes(0);
    news_->others = false;
}

Watch::Told Session::watched(SeenMailbox seen, std::vector<std::string> const& subscribed_names, Watch const& watch)
{
    bool const subscribed =
        std::find(subscribed_names.begin(), subscribed_names.end(), seen.name) != subscribed_names.end();
    auto const events = watch.events_of(seen, subscribed);
    bool const with_notes = (events & event_mailbox_metadata_change) != 0 && (seen.rights & mailbox::right_read) != 0;
    auto const id = seen.mailbox.id;
    return {std::move(seen), subscribed, events, with_notes ? watched_notes(id) : Watch::Notes()};
}

Watch::Notes Session::watched_notes(mailbox::MailboxId mailbox)
{
    Watch::Notes notes;
    for (auto const& note : notes_of(mailbox)) notes[note.entry] = std::hash<std::string>()(note.value.value_or(""));
    return notes;
}

/// RFC 5464 4.4.2: the entries without their values.
void Session::tell_notes(std::string const& name, Watch::Notes const& before, Watch::Notes const& now)
{
    std::string changed;
    for (auto const& [entry, value] : now)
        if (auto const old = before.find(entry); old == before.end() || old->second != value)
            changed += ' ' + show_astring(entry);
    for (auto const& [entry, value] : before)
        if (now.find(entry) == now.end()) changed += ' ' + show_astring(entry);
    if (!changed.empty()) untagged("METADATA " + name + changed);
}

void Session::tell_status(SeenMailbox const& seen, unsigned events)
{
    std::vector<StatusItem> items{StatusItem::messages, StatusItem::uid_next, StatusItem::uid_validity};
    if ((events & event_flag_change) != 0) items.push_back(StatusItem::unseen);
    if (is_enabled(feature_condstore)) items.push_back(StatusItem::highest_modseq);
    untagged(show_status(items, seen));
}

/// Compares how the watched mailboxes are with what the client was told.
void Session::tell_watched()
{
    if (!watch_ || !news_->others.exchange(false)) return;
    try {
        auto const names = context_.store.subscriptions(account());
        std::map<mailbox::MailboxId, Watch::Told> now;
        for (auto& seen : places_->all()) {
            auto const id = seen.mailbox.id;
            now.emplace(id, watched(std::move(seen), names, *watch_));
        }
        for (auto const& [id, before] : watch_->told)
            if (now.find(id) == now.end() && (before.events & event_mailbox_name) != 0)
                untagged("LIST (\\NonExistent) \"/\" " + show_name(before.seen.name));
        for (auto const& [id, one] : now) {
            auto const before = watch_->told.find(id);
            tell_difference(before == watch_->told.end() ? nullptr : &before->second, one);
        }
        watch_->told = std::move(now);
        if (watch_->has_server_notes()) {
            auto notes = watched_notes(0);
            tell_notes("\"\"", watch_->server_notes, notes);
            watch_->server_notes = std::move(notes);
        }
    } catch (base::StoreError const& error) { // they are told when the store answers again
        news_->others = true;
        base::log(base::Level::warning, id_, "news-failed", {{"why", error.what()}});
    }
    if (watch_->told.size() <= limits::notify_mailboxes) return;
    untagged("OK [NOTIFICATIONOVERFLOW] There are too many mailboxes to watch");
    watch_.reset();
    news_->wakes = idle_tag_.has_value();
}

void Session::tell_difference(Watch::Told const* before, Watch::Told const& now)
{
    auto const& seen = now.seen;
    auto const old_name = before ? before->seen.name : std::string();
    bool const renamed = old_name != seen.name && (now.events & event_mailbox_name) != 0;
    bool const other_subscription = (before ? before->subscribed : false) != now.subscribed &&
                                    ((now.events | (before ? before->events : 0)) & event_subscription_change) != 0;
    if (renamed || other_subscription) {
        auto text =
            std::string("LIST (") + (now.subscribed ? "\\Subscribed" : "") + ") \"/\" " + show_name(seen.name);
        if (renamed && before) text += " (\"OLDNAME\" (" + show_name(old_name) + "))";
        untagged(text);
    }
    if (before) tell_notes(show_name(seen.name), before->notes, now.notes);
    bool const is_selected = view_ && view_->id() == seen.mailbox.id;
    if (is_selected || (seen.rights & mailbox::right_read) == 0) return;
    if (has_messages_changed(before ? before->seen.mailbox : mailbox::Mailbox(), seen.mailbox, now.events))
        tell_status(seen, now.events);
}

} // namespace maild::imap
