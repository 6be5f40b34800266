#include "maild/transfer/imap_listing.h"

#include "appliance/base/text.h"
#include "appliance/imap_client/fetch.h"
#include "appliance/imap_client/modified_utf7.h"

#include <vector>

namespace maild::transfer
{

namespace
{
using imap_client::fetch_item;

mailbox::SpecialUse use_of(std::string const& attribute)
{
    auto const name = base::lower(attribute);
    if (name == "\\drafts") return mailbox::SpecialUse::drafts;
    if (name == "\\sent") return mailbox::SpecialUse::sent;
    if (name == "\\trash") return mailbox::SpecialUse::trash;
    if (name == "\\junk") return mailbox::SpecialUse::junk;
    if (name == "\\archive") return mailbox::SpecialUse::archive;
    return mailbox::SpecialUse::none;
}

mailbox::Flags read_flags(imap_client::ImapValue const& list)
{
    mailbox::Flags flags;
    for (auto const& item : list.items()) {
        auto const name = base::lower(item.text);
        if (name == "\\seen")
            flags.system |= mailbox::flag_seen;
        else if (name == "\\answered")
            flags.system |= mailbox::flag_answered;
        else if (name == "\\flagged")
            flags.system |= mailbox::flag_flagged;
        else if (name == "\\deleted")
            flags.system |= mailbox::flag_deleted;
        else if (name == "\\draft")
            flags.system |= mailbox::flag_draft;
        else if (!name.empty() && name.front() != '\\')
            flags.keywords.emplace_back(item.text);
    }
    return flags;
}
} // namespace

std::optional<ListedMailbox> read_list(imap_client::ImapResponse const& line, bool knows_subscribed)
{
    if (line.keyword != "LIST" || line.values.size() < 3) return std::nullopt;
    ListedMailbox listed;
    listed.wire_name = line.values[2].text;
    listed.source.subscribed = !knows_subscribed;
    for (auto const& attribute : line.values[0].items()) {
        auto const name = base::lower(attribute.text);
        if (name == "\\noselect" || name == "\\nonexistent") return std::nullopt;
        if (name == "\\subscribed") listed.source.subscribed = true;
        if (name == "\\all" || name == "\\flagged" || name == "\\important")
            return std::nullopt; // the same mail again
        if (auto const use = use_of(name); use != mailbox::SpecialUse::none) listed.source.use = use;
    }
    auto const separator = line.values[1].text;
    std::vector<std::string> levels;
    if (separator.size() == 1) {
        for (auto const level : base::split(listed.wire_name, separator.front()))
            levels.push_back(base::replace_all(imap_client::from_modified_utf7(level), "/", "_"));
    } else {
        levels.push_back(imap_client::from_modified_utf7(listed.wire_name));
    }
    // Where all mailboxes lie below INBOX (Courier, Cyrus), they do not here.
    if (levels.size() > 1 && base::equal_ignoring_case(levels.front(), "INBOX")) levels.erase(levels.begin());
    listed.source.name = base::join(levels, "/");
    return listed;
}

ListedMessage read_listed_message(imap_client::ImapResponse const& fetch)
{
    return {static_cast<mailbox::Uid>(fetch_item(fetch, "UID").number()), fetch_item(fetch, "RFC822.SIZE").number(),
            read_flags(fetch_item(fetch, "FLAGS")),
            imap_client::read_internal_date(fetch_item(fetch, "INTERNALDATE").text)};
}

} // namespace maild::transfer
