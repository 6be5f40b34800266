#include "maild/imap/notify.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
using Filter = NotifyGroup::Filter;
constexpr base::ByteSet word_chars = base::letters | base::ByteSet("-");

std::string take_word(Parser& parser) { return base::lower(parser.take_while(word_chars)); }

Filter must_filter(Parser& parser)
{
    static constexpr std::pair<std::string_view, Filter> filters[] = {
        {"selected", Filter::selected},    {"selected-delayed", Filter::selected_delayed},
        {"inboxes", Filter::inboxes},      {"personal", Filter::personal},
        {"subtree", Filter::subtree},      {"mailboxes", Filter::mailboxes},
        {"subscribed", Filter::subscribed}};
    auto const word = take_word(parser);
    for (auto const& [name, filter] : filters)
        if (word == name) return filter;
    throw_bad("Unknown choice of mailboxes");
}

/// one-or-more-mailbox.
std::vector<std::string> must_names(Parser& parser)
{
    parser.must_space();
    if (!parser.take('(')) return {parser.must_mailbox()};
    std::vector<std::string> names;
    do {
        names.push_back(parser.must_mailbox());
        if (names.size() > limits::notify_names)
            throw_no("NOTIFICATIONOVERFLOW", "So many mailboxes cannot be named at once");
    } while (parser.take(' '));
    parser.must_take(')');
    return names;
}

/// One event into the group. MessageNew may have "(UID FLAGS ...)" behind it, which is for the selected mailbox.
void must_event(Parser& parser, NotifyGroup& group)
{
    auto const word = take_word(parser);
    if (word == "messagenew") {
        group.events |= event_message_new;
        if (!parser.take(" (")) return;
        if (!group.is_selected()) throw_bad("Items of FETCH go with the selected mailbox only");
        group.items = must_fetch_item_list(parser);
        for (auto& item : group.items) item.sets_seen = false; // nobody has read them by being told
    } else if (word == "messageexpunge") {
        group.events |= event_message_expunge;
    } else if (word == "flagchange") {
        group.events |= event_flag_change;
    } else if (word == "mailboxname") {
        group.events |= event_mailbox_name;
    } else if (word == "subscriptionchange") {
        group.events |= event_subscription_change;
    } else if (word == "mailboxmetadatachange") {
        group.events |= event_mailbox_metadata_change;
    } else if (word == "servermetadatachange") {
        group.events |= event_server_metadata_change;
    } else if (word.empty()) {
        throw_bad("Expected an event");
    } else {
        throw_no(
            "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange "
            "ServerMetadataChange)",
            "Such events are not told here");
    }
}

/// "(" event *(SP event) ")" or NONE.
void must_events(Parser& parser, NotifyGroup& group)
{
    if (parser.take("NONE")) return;
    parser.must_take('(');
    do must_event(parser, group);
    while (parser.take(' '));
    parser.must_take(')');
    auto const pair = group.events & (event_message_new | event_message_expunge);
    if (pair != 0 && pair != (event_message_new | event_message_expunge))
        throw_bad("MessageNew and MessageExpunge go together");
    if ((group.events & event_flag_change) != 0 && pair == 0)
        throw_bad("FlagChange goes with MessageNew and MessageExpunge");
    if (group.is_selected() && (group.events & ~unsigned{event_of_messages}) != 0)
        throw_bad("Of the selected mailbox only messages are told");
}

NotifyGroup must_group(Parser& parser)
{
    NotifyGroup group;
    parser.must_take('(');
    group.filter = must_filter(parser);
    if (group.filter == Filter::subtree || group.filter == Filter::mailboxes) group.names = must_names(parser);
    parser.must_space();
    must_events(parser, group);
    parser.must_take(')');
    return group;
}

bool is_below(std::string_view name, std::string_view top)
{
    return name == top || (name.starts_with(top) && name.size() > top.size() && name[top.size()] == '/');
}

bool matches(NotifyGroup const& group, SeenMailbox const& seen, bool subscribed)
{
    auto const any_name = [&](auto const& fits) { return std::any_of(group.names.begin(), group.names.end(), fits); };
    switch (group.filter) {
    case Filter::inboxes: return seen.is_own && seen.mailbox.name == "INBOX";
    case Filter::personal: return seen.is_own;
    case Filter::subscribed: return subscribed;
    case Filter::subtree: return any_name([&](auto const& name) { return is_below(seen.name, name); });
    case Filter::mailboxes: return any_name([&](auto const& name) { return seen.name == name; });
    case Filter::selected:
    case Filter::selected_delayed: break;
    }
    return false;
}
} // namespace

std::optional<NotifyRequest> must_notify_request(Parser& parser)
{
    if (parser.take("NONE")) return std::nullopt;
    if (!parser.take("SET")) throw_bad("Expected SET or NONE");
    NotifyRequest request;
    request.with_status = parser.take(" STATUS");
    do {
        parser.must_space();
        request.groups.push_back(must_group(parser));
        if (request.groups.size() > limits::notify_groups) throw_no("NOTIFICATIONOVERFLOW", "Too many groups");
    } while (!parser.at_end());
    auto const selected = std::count_if(request.groups.begin(), request.groups.end(),
                                        [](auto const& group) { return group.is_selected(); });
    if (selected > 1) throw_bad("Only one group can be about the selected mailbox");
    return request;
}

NotifyGroup const* Watch::selected() const
{
    for (auto const& group : request.groups)
        if (group.is_selected() && group.events != 0) return &group;
    return nullptr;
}

bool Watch::has_server_notes() const
{
    return std::any_of(request.groups.begin(), request.groups.end(),
                       [](auto const& group) { return (group.events & event_server_metadata_change) != 0; });
}

unsigned Watch::events_of(SeenMailbox const& seen, bool subscribed) const
{
    unsigned events = 0;
    for (auto const& group : request.groups)
        if (matches(group, seen, subscribed)) events |= group.events;
    return events;
}

} // namespace maild::imap
