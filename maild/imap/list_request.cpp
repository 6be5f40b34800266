// What LIST, LSUB and STATUS are asked for.

#include "maild/imap/list.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
/// list-select-opts behind its "(".
void must_selection_options(Parser& parser, ListRequest& request)
{
    for (bool first = true; !parser.take(')'); first = false) {
        if (!first) parser.must_space();
        auto const option = base::upper(parser.must_atom());
        if (option == "SUBSCRIBED")
            request.only_subscribed = true;
        else if (option == "SPECIAL-USE")
            request.only_special_use = true;
        else if (option == "RECURSIVEMATCH")
            request.recursive_match = true;
        else if (option != "REMOTE")
            throw_bad("Unknown selection option"); // no mailbox is remote here
    }
    // RFC 5258 section 3: it needs another option that it can apply to.
    if (request.recursive_match && !request.only_subscribed && !request.only_special_use)
        throw_bad("RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE");
    request.show_subscribed = request.only_subscribed;
}

/// "METADATA (entry entry)" (RFC 9590), with or without brackets.
std::vector<std::string> must_entry_names(Parser& parser)
{
    std::vector<std::string> entries;
    auto const add = [&] {
        if (entries.size() >= limits::metadata_entries) throw_bad("Too many entries");
        entries.push_back(must_entry_name(parser));
    };
    if (!parser.take('(')) {
        add();
        return entries;
    }
    do add();
    while (parser.take(' '));
    parser.must_take(')');
    return entries;
}

/// list-return-opts behind its "(".
void must_return_options(Parser& parser, ListRequest& request)
{
    for (bool first = true; !parser.take(')'); first = false) {
        if (!first) parser.must_space();
        auto const option = base::upper(parser.must_atom());
        if (option == "SUBSCRIBED")
            request.show_subscribed = true;
        else if (option == "MYRIGHTS")
            request.show_rights = true;
        else if (option == "STATUS") {
            parser.must_space();
            request.status = must_status_items(parser);
        } else if (option == "METADATA") {
            parser.must_space();
            request.metadata = must_entry_names(parser);
        } else if (option != "CHILDREN" && option != "SPECIAL-USE") { // shown always
            throw_bad("Unknown return option");
        }
    }
}

/// mbox-or-pat behind the reference.
void must_patterns(Parser& parser, std::string const& reference, ListRequest& request)
{
    auto const add = [&] {
        auto pattern = parser.must_list_mailbox();
        if (request.patterns.size() >= limits::list_patterns) throw_bad("Too many patterns");
        request.only_separator = pattern.empty();
        // RFC 5258 section 3: a name in another namespace does not begin at the reference.
        request.patterns.push_back(pattern.starts_with('#') ? pattern : reference + pattern);
    };
    if (!parser.take('(')) return add();
    request.is_extended = true;
    do add();
    while (parser.take(' '));
    parser.must_take(')');
}
} // namespace

ListRequest must_list_request(Parser& parser)
{
    ListRequest request;
    parser.must_space();
    if (parser.take('(')) {
        request.is_extended = true;
        must_selection_options(parser, request);
        parser.must_space();
    }
    auto const reference = parser.must_list_mailbox();
    parser.must_space();
    must_patterns(parser, reference, request);
    if (parser.take(" RETURN (")) {
        request.is_extended = true;
        must_return_options(parser, request);
    }
    parser.must_end();
    // RFC 5258 section 3: only the basic command asks for the separator so.
    request.only_separator = request.only_separator && !request.is_extended;
    return request;
}

ListRequest must_lsub_request(Parser& parser)
{
    ListRequest request;
    request.is_lsub = true;
    request.only_subscribed = true;
    parser.must_space();
    auto const reference = parser.must_list_mailbox();
    parser.must_space();
    request.patterns.push_back(reference + parser.must_list_mailbox());
    parser.must_end();
    return request;
}

std::vector<StatusItem> must_status_items(Parser& parser)
{
    static constexpr std::pair<std::string_view, StatusItem> known[] = {
        {"MESSAGES", StatusItem::messages},
        {"RECENT", StatusItem::recent},
        {"UIDNEXT", StatusItem::uid_next},
        {"UIDVALIDITY", StatusItem::uid_validity},
        {"UNSEEN", StatusItem::unseen},
        {"SIZE", StatusItem::size},
        {"DELETED", StatusItem::deleted},
        {"DELETED-STORAGE", StatusItem::deleted_storage},
        {"HIGHESTMODSEQ", StatusItem::highest_modseq},
        {"MAILBOXID", StatusItem::mailbox_id},
        {"APPENDLIMIT", StatusItem::append_limit},
    };
    std::vector<StatusItem> items;
    parser.must_take('(');
    do {
        auto const name = parser.must_atom();
        auto const* const found = std::find_if(std::begin(known), std::end(known), [&](auto const& item) {
            return base::equal_ignoring_case(item.first, name);
        });
        if (found == std::end(known)) throw_bad("Unknown status item");
        if (std::find(items.begin(), items.end(), found->second) == items.end()) items.push_back(found->second);
    } while (parser.take(' '));
    parser.must_take(')');
    return items;
}

std::string must_entry_name(Parser& parser)
{
    auto const name = base::lower(parser.must_astring());
    constexpr base::ByteSet allowed = base::ByteSet::range(0x20, 0x7E).without(base::ByteSet("*%"));
    bool const is_known_tree = name.starts_with("/private/") || name.starts_with("/shared/");
    bool const is_plain = std::all_of(name.begin(), name.end(), [&](char c) { return allowed.contains(c); });
    bool const is_whole = name.find("//") == std::string::npos && !name.ends_with('/');
    if (!is_known_tree || !is_plain || !is_whole || name.size() > limits::metadata_name)
        throw_bad("An entry is /private/... or /shared/..., without wildcards");
    return name;
}

} // namespace maild::imap
