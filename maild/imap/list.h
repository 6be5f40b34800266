#pragma once
// LIST, LSUB and their extensions (RFC 3501 6.3.8, RFC 5258, RFC 5819, RFC 6154) without a session: a request and the
// account's mailboxes go in, the entries to be shown come out.

#include "maild/imap/grammar.h"
#include "maild/mailbox/store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

/// The attributes that STATUS can be asked for.
enum class StatusItem { messages, recent, uid_next, uid_validity, unseen, size, append_limit };

struct ListRequest {
    bool only_subscribed = false;  ///< selection (SUBSCRIBED), or LSUB
    bool only_special_use = false; ///< selection (SPECIAL-USE)
    bool recursive_match = false;
    bool show_subscribed = false; ///< RETURN (SUBSCRIBED)
    bool is_lsub = false;
    bool only_separator = false;       ///< an empty name: asks how names are built
    std::vector<std::string> patterns; ///< UTF-8, with the reference in front
    std::vector<StatusItem> status;    ///< RETURN (STATUS (...))
};

/// What comes behind the command's name.
ListRequest must_list_request(Parser& parser);
ListRequest must_lsub_request(Parser& parser);
std::vector<StatusItem> must_status_items(Parser& parser);

struct ListEntry {
    std::string name;
    std::vector<std::string_view> attributes;
    bool child_info = false;                   ///< a subscribed mailbox is below (RECURSIVEMATCH)
    mailbox::Mailbox const* mailbox = nullptr; ///< null: there is none of that name
};

std::vector<ListEntry> list_entries(ListRequest const& request, std::vector<mailbox::Mailbox> const& mailboxes,
                                    std::vector<std::string> const& subscriptions);
/// "LIST (\HasNoChildren) "/" Sent".
std::string show_list_entry(ListRequest const& request, ListEntry const& entry);

/// RFC 3501 6.3.8: "*" matches anything, "%" anything but "/". Time is bounded by the product of the lengths.
bool matches_pattern(std::string_view pattern, std::string_view name);

} // namespace maild::imap
