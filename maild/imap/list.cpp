#include "maild/imap/list.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>
#include <map>

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
    if (request.recursive_match && !request.only_subscribed) throw_bad("RECURSIVEMATCH needs SUBSCRIBED");
    request.show_subscribed = request.only_subscribed;
}

/// list-return-opts behind its "(".
void must_return_options(Parser& parser, ListRequest& request)
{
    for (bool first = true; !parser.take(')'); first = false) {
        if (!first) parser.must_space();
        auto const option = base::upper(parser.must_atom());
        if (option == "SUBSCRIBED")
            request.show_subscribed = true;
        else if (option == "STATUS") {
            parser.must_space();
            request.status = must_status_items(parser);
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
        request.patterns.push_back(reference + pattern);
    };
    if (!parser.take('(')) return add();
    do add();
    while (parser.take(' '));
    parser.must_take(')');
}

/// What a name is: a mailbox, a subscription, a level above one of them, or several of these.
struct Name {
    mailbox::Mailbox const* mailbox = nullptr;
    bool subscribed = false;
    bool has_children = false;     ///< a mailbox is below
    bool matches = false;          ///< a pattern
    bool subscribed_below = false; ///< by a name that the patterns do not show themselves
    bool any_subscribed_below = false;
};
using Names = std::map<std::string, Name, std::less<>>;

template <class Function>
void for_each_parent(std::string_view name, Function const& function)
{
    for (auto slash = name.rfind('/'); slash != std::string_view::npos && slash > 0;
         slash = name.rfind('/', slash - 1))
        function(name.substr(0, slash));
}

Names collect(ListRequest const& request, std::vector<mailbox::Mailbox> const& mailboxes,
              std::vector<std::string> const& subscriptions)
{
    Names names;
    for (auto const& mailbox : mailboxes) {
        names[mailbox.name].mailbox = &mailbox;
        for_each_parent(mailbox.name,
                        [&](std::string_view parent) { names[std::string(parent)].has_children = true; });
    }
    for (auto const& name : subscriptions) {
        names[name].subscribed = true;
        for_each_parent(name,
                        [&](std::string_view parent) { names[std::string(parent)].any_subscribed_below = true; });
    }
    for (auto& [name, known] : names)
        known.matches =
            std::any_of(request.patterns.begin(), request.patterns.end(),
                        [&, &text = name](std::string const& pattern) { return matches_pattern(pattern, text); });
    for (auto const& name : subscriptions)
        if (!names[name].matches)
            for_each_parent(name,
                            [&](std::string_view parent) { names[std::string(parent)].subscribed_below = true; });
    return names;
}

std::string_view special_use(mailbox::Mailbox const& mailbox)
{
    switch (mailbox.special_use) {
    case mailbox::SpecialUse::drafts: return "\\Drafts";
    case mailbox::SpecialUse::sent: return "\\Sent";
    case mailbox::SpecialUse::trash: return "\\Trash";
    case mailbox::SpecialUse::junk: return "\\Junk";
    case mailbox::SpecialUse::none: break;
    }
    return {};
}

/// LSUB (RFC 3501 6.3.9): subscribed names; "%" also shows the levels above one, as \Noselect.
bool is_wanted(ListRequest const& request, Name const& name)
{
    if (!name.matches) return false;
    if (request.only_special_use && (!name.mailbox || name.mailbox->special_use == mailbox::SpecialUse::none))
        return false;
    if (!request.only_subscribed) return name.mailbox || name.has_children;
    return name.subscribed || ((request.recursive_match || request.is_lsub) && name.subscribed_below);
}

std::vector<std::string_view> attributes(ListRequest const& request, Name const& name)
{
    if (request.is_lsub) {
        if (name.subscribed) return {};
        return {"\\Noselect"};
    }
    std::vector<std::string_view> list;
    if (!name.mailbox)
        list.push_back(request.only_subscribed || request.show_subscribed ? "\\NonExistent" : "\\Noselect");
    list.push_back(name.has_children ? "\\HasChildren" : "\\HasNoChildren");
    if (request.show_subscribed && name.subscribed) list.push_back("\\Subscribed");
    if (name.mailbox && name.mailbox->special_use != mailbox::SpecialUse::none)
        list.push_back(special_use(*name.mailbox));
    return list;
}
} // namespace

bool matches_pattern(std::string_view pattern, std::string_view name)
{
    bool const is_inbox = base::equal_ignoring_case(name, "INBOX");
    // reached[i]: the pattern so far matches the first i bytes of the name.
    std::vector<bool> reached(name.size() + 1, false);
    reached[0] = true;
    for (char const c : pattern) {
        if (c == '*' || c == '%') {
            for (std::size_t i = 1; i <= name.size(); ++i)
                if (reached[i - 1] && (c == '*' || name[i - 1] != '/')) reached[i] = true;
            continue;
        }
        for (std::size_t i = name.size(); i > 0; --i) {
            bool const same =
                name[i - 1] == c || (is_inbox && base::equal_ignoring_case(name.substr(i - 1, 1), {&c, 1}));
            reached[i] = reached[i - 1] && same;
        }
        reached[0] = false;
    }
    return reached[name.size()];
}

ListRequest must_list_request(Parser& parser)
{
    ListRequest request;
    parser.must_space();
    if (parser.take('(')) {
        must_selection_options(parser, request);
        parser.must_space();
    }
    auto const reference = parser.must_list_mailbox();
    parser.must_space();
    must_patterns(parser, reference, request);
    if (parser.take(" RETURN (")) must_return_options(parser, request);
    parser.must_end();
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
        {"MESSAGES", StatusItem::messages},        {"RECENT", StatusItem::recent}, {"UIDNEXT", StatusItem::uid_next},
        {"UIDVALIDITY", StatusItem::uid_validity}, {"UNSEEN", StatusItem::unseen}, {"SIZE", StatusItem::size},
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

std::vector<ListEntry> list_entries(ListRequest const& request, std::vector<mailbox::Mailbox> const& mailboxes,
                                    std::vector<std::string> const& subscriptions)
{
    std::vector<ListEntry> entries;
    for (auto const& [name, known] : collect(request, mailboxes, subscriptions)) {
        if (!is_wanted(request, known)) continue;
        entries.push_back(
            {name, attributes(request, known), request.recursive_match && known.any_subscribed_below, known.mailbox});
    }
    return entries;
}

std::string show_list_entry(ListRequest const& request, ListEntry const& entry)
{
    std::string text = request.is_lsub ? "LSUB (" : "LIST (";
    for (auto const& attribute : entry.attributes) {
        if (text.back() != '(') text += ' ';
        text += attribute;
    }
    text += ") \"/\" " + show_mailbox(entry.name);
    if (entry.child_info) text += " (\"CHILDINFO\" (\"SUBSCRIBED\"))";
    return text;
}

} // namespace maild::imap
