#pragma once
// LIST, LSUB and their extensions (RFC 3501 6.3.8, RFC 9051 6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590)
// without a session: a request and the mailboxes that a person sees go in, the entries to be shown come out.

#include "maild/imap/grammar.h"
#include "maild/mailbox/store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

/// The attributes that STATUS can be asked for.
enum class StatusItem {
    messages,
    recent,
    uid_next,
    uid_validity,
    unseen,
    size,
    deleted,
    deleted_storage,
    highest_modseq,
    mailbox_id,
    append_limit
};

struct ListRequest {
    bool only_subscribed = false;  ///< selection (SUBSCRIBED), or LSUB
    bool only_special_use = false; ///< selection (SPECIAL-USE)
    bool recursive_match = false;
    bool show_subscribed = false; ///< RETURN (SUBSCRIBED)
    bool show_rights = false;     ///< RETURN (MYRIGHTS)
    bool is_lsub = false;
    bool is_extended = false;          ///< has options or several patterns
    bool only_separator = false;       ///< an empty name: asks how names are built
    std::vector<std::string> patterns; ///< UTF-8, with the reference in front
    std::vector<StatusItem> status;    ///< RETURN (STATUS (...))
    std::vector<std::string> metadata; ///< RETURN (METADATA (...)): entries in lower case
};

/// What comes behind the command's name.
ListRequest must_list_request(Parser& parser);
ListRequest must_lsub_request(Parser& parser);
std::vector<StatusItem> must_status_items(Parser& parser);
/// An entry name of RFC 5464: "/private/..." or "/shared/...", in lower case, without wildcards.
std::string must_entry_name(Parser& parser);

/// A mailbox under the name by which a person sees it, and what he may do in it.
struct SeenMailbox {
    std::string name;
    mailbox::Mailbox mailbox;
    mailbox::Rights rights = mailbox::all_rights;
    bool is_own = true;
};

struct ListEntry {
    std::string name;
    std::vector<std::string_view> attributes;
    std::vector<std::string_view> child_info; ///< which selections names below it meet (RECURSIVEMATCH)
    SeenMailbox const* seen = nullptr;        ///< null: there is none of that name
};

/// Other namespaces (names with "#") come last.
std::vector<ListEntry> list_entries(ListRequest const& request, std::vector<SeenMailbox> const& mailboxes,
                                    std::vector<std::string> const& subscriptions);
/// "LIST (\HasNoChildren) "/" Sent".
std::string show_list_entry(ListRequest const& request, ListEntry const& entry, NameCoding coding);

/// RFC 6154; empty for none.
std::string_view show_special_use(mailbox::SpecialUse use);
/// "\Sent" in any case; nothing for what is not offered here.
std::optional<mailbox::SpecialUse> parse_special_use(std::string_view text);

/// RFC 3501 6.3.8: "*" matches anything, "%" anything but "/". Time is bounded by the product of the lengths.
bool matches_pattern(std::string_view pattern, std::string_view name);

} // namespace maild::imap
