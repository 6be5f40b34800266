#include "maild/imap/list.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <map>

namespace maild::imap
{

namespace
{
constexpr std::pair<mailbox::SpecialUse, std::string_view> special_uses[] = {
    {mailbox::SpecialUse::drafts, "\\Drafts"},   {mailbox::SpecialUse::sent, "\\Sent"},
    {mailbox::SpecialUse::trash, "\\Trash"},     {mailbox::SpecialUse::junk, "\\Junk"},
    {mailbox::SpecialUse::archive, "\\Archive"},
};

/// What a name is: a mailbox, a subscription, a level above one of them, or several of these.
struct Name {
    SeenMailbox const* seen = nullptr;
    bool subscribed = false;
    bool has_children = false; ///< a mailbox is below
    bool matches = false;      ///< a pattern
    bool any_subscribed_below = false;
    bool any_special_below = false;
    bool subscribed_below = false; ///< by a name that the patterns do not show themselves
    bool special_below = false;    ///< the same
};

/// Own mailboxes first.
struct Before {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const
    {
        bool const a_is_other = a.starts_with('#');
        bool const b_is_other = b.starts_with('#');
        return a_is_other != b_is_other ? b_is_other : a < b;
    }
};
using Names = std::map<std::string, Name, Before>;

template <class Function>
void for_each_parent(std::string_view name, Function const& function)
{
    for (auto slash = name.rfind('/'); slash != std::string_view::npos && slash > 0;
         slash = name.rfind('/', slash - 1))
        function(name.substr(0, slash));
}

bool has_special_use(Name const& name)
{
    return name.seen && name.seen->is_own && name.seen->mailbox.special_use != mailbox::SpecialUse::none;
}

void note_below(Names& names)
{
    // Parents that are no names of their own were made already: nothing is inserted while this walks.
    for (auto const& [name, known] : names) {
        bool const special = has_special_use(known);
        if (!known.subscribed && !special) continue;
        for_each_parent(name, [&, &one = known](std::string_view parent) {
            auto const found = names.find(parent);
            if (found == names.end()) return;
            auto& above = found->second;
            above.any_subscribed_below = above.any_subscribed_below || one.subscribed;
            above.any_special_below = above.any_special_below || special;
            if (one.matches) return;
            above.subscribed_below = above.subscribed_below || one.subscribed;
            above.special_below = above.special_below || special;
        });
    }
}

Names collect(ListRequest const& request, std::vector<SeenMailbox> const& mailboxes,
              std::vector<std::string> const& subscriptions)
{
    Names names;
    for (auto const& seen : mailboxes) {
        names[seen.name].seen = &seen;
        for_each_parent(seen.name, [&](std::string_view parent) { names[std::string(parent)].has_children = true; });
    }
    for (auto const& name : subscriptions) {
        names[name].subscribed = true;
        for_each_parent(name, [&](std::string_view parent) { names.try_emplace(std::string(parent)); });
    }
    for (auto& [name, known] : names)
        known.matches =
            std::any_of(request.patterns.begin(), request.patterns.end(),
                        [&, &text = name](std::string const& pattern) { return matches_pattern(pattern, text); });
    note_below(names);
    return names;
}

/// LSUB (RFC 3501 6.3.9): subscribed names; "%" also shows the levels above one, as \Noselect.
bool is_wanted(ListRequest const& request, Name const& name)
{
    if (!name.matches) return false;
    if (request.is_lsub) return name.subscribed || name.subscribed_below;
    if (!request.only_subscribed && !request.only_special_use) return name.seen || name.has_children;
    bool const meets_all =
        (!request.only_subscribed || name.subscribed) && (!request.only_special_use || has_special_use(name));
    bool const is_above =
        (!request.only_subscribed || name.subscribed_below) && (!request.only_special_use || name.special_below);
    return meets_all || (request.recursive_match && is_above);
}

/// RFC 5258 section 4: which of the asked selections are met below.
std::vector<std::string_view> child_info(ListRequest const& request, Name const& name)
{
    std::vector<std::string_view> met;
    if (!request.recursive_match) return met;
    if (request.only_subscribed && name.any_subscribed_below) met.push_back("SUBSCRIBED");
    if (request.only_special_use && name.any_special_below) met.push_back("SPECIAL-USE");
    return met;
}

std::vector<std::string_view> attributes(ListRequest const& request, Name const& name)
{
    if (request.is_lsub) {
        if (name.subscribed) return {};
        return {"\\Noselect"};
    }
    std::vector<std::string_view> list;
    if (!name.seen)
        list.push_back(request.is_extended ? "\\NonExistent" : "\\Noselect");
    else if ((name.seen->rights & mailbox::right_read) == 0)
        list.push_back("\\Noselect");
    list.push_back(name.has_children ? "\\HasChildren" : "\\HasNoChildren");
    if (request.show_subscribed && name.subscribed) list.push_back("\\Subscribed");
    if (has_special_use(name)) list.push_back(show_special_use(name.seen->mailbox.special_use));
    return list;
}
} // namespace

std::string_view show_special_use(mailbox::SpecialUse use)
{
    for (auto const& [known, name] : special_uses)
        if (known == use) return name;
    return {};
}

std::optional<mailbox::SpecialUse> parse_special_use(std::string_view text)
{
    for (auto const& [known, name] : special_uses)
        if (base::equal_ignoring_case(name, text)) return known;
    return std::nullopt;
}

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

std::vector<ListEntry> list_entries(ListRequest const& request, std::vector<SeenMailbox> const& mailboxes,
                                    std::vector<std::string> const& subscriptions)
{
    std::vector<ListEntry> entries;
    for (auto const& [name, known] : collect(request, mailboxes, subscriptions))
        if (is_wanted(request, known))
            entries.push_back({name, attributes(request, known), child_info(request, known), known.seen});
    return entries;
}

std::string show_list_entry(ListRequest const& request, ListEntry const& entry, NameCoding coding)
{
    std::string text = request.is_lsub ? "LSUB (" : "LIST (";
    for (auto const& attribute : entry.attributes) {
        if (text.back() != '(') text += ' ';
        text += attribute;
    }
    text += ") \"/\" " + show_mailbox(entry.name, coding);
    if (entry.child_info.empty()) return text;
    text += " (\"CHILDINFO\" (";
    for (auto const& met : entry.child_info) {
        if (text.back() != '(') text += ' ';
        text.append("\"").append(met).append("\"");
    }
    return text += "))";
}

} // namespace maild::imap
