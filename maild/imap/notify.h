#pragma once
// What a client asks with NOTIFY (RFC 5465): which events of which mailboxes it wants to be told without asking. The
// telling is in commands_notify.cpp.

#include "maild/imap/fetch_items.h"
#include "maild/imap/list.h"
#include "maild/mailbox/store.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

/// Bits. The events of RFC 5465 section 5 that are offered.
enum Event : unsigned {
    event_message_new = 1,
    event_message_expunge = 2,
    event_flag_change = 4,
    event_mailbox_name = 8,
    event_subscription_change = 16,
    event_mailbox_metadata_change = 32, ///< with METADATA these two must be offered
    event_server_metadata_change = 64,
    event_of_messages = event_message_new | event_message_expunge | event_flag_change,
};

struct NotifyGroup {
    enum class Filter { selected, selected_delayed, inboxes, personal, subscribed, subtree, mailboxes };

    Filter filter = Filter::selected;
    std::vector<std::string> names = {}; ///< of subtree and mailboxes
    unsigned events = 0;
    std::vector<FetchItem> items = {}; ///< of MessageNew: told of each new message in the selected mailbox

    bool is_selected() const { return filter == Filter::selected || filter == Filter::selected_delayed; }
};

struct NotifyRequest {
    bool with_status = false; ///< SET STATUS: tell how the mailboxes are now
    std::vector<NotifyGroup> groups = {};
};

/// What comes behind the command's name; nothing for NONE. Unknown events: NO [BADEVENT].
std::optional<NotifyRequest> must_notify_request(Parser& parser);

/// A NOTIFY that is in force: what was asked, and how things were when the client was told last.
struct Watch {
    /// RFC 5464: entry -> a hash of its value.
    using Notes = std::map<std::string, std::size_t>;
    struct Told {
        SeenMailbox seen;
        bool subscribed = false;
        unsigned events = 0;
        Notes notes = {}; ///< where they are watched
    };
    NotifyRequest request;
    std::vector<mailbox::MailStore::Subscription> subscriptions; ///< to the accounts whose mailboxes are watched
    std::map<mailbox::MailboxId, Told> told;
    Notes server_notes; ///< where they are watched

    /// Of the selected mailbox; null: nothing is told of its messages.
    NotifyGroup const* selected() const;
    /// Whichever mailboxes it was asked of.
    bool has_server_notes() const;
    /// Of a mailbox that is not selected.
    unsigned events_of(SeenMailbox const& seen, bool subscribed) const;
};

} // namespace maild::imap
