#pragma once
// What another IMAP server has: its mailboxes, and their messages.

#include "appliance/imap_client/imap_response.h"
#include "maild/transfer/importer.h"

#include <optional>
#include <string>
#include <string_view>

namespace maild::transfer
{

/// A mailbox as LIST gives it.
struct ListedMailbox {
    std::string wire_name;
    SourceMailbox source;
};

/// Of a LIST response; nothing for what is no mailbox, or holds what others hold too (\All, \Flagged, \Important).
/// `knows_subscribed`: LIST was asked to say so; else all are taken as subscribed.
std::optional<ListedMailbox> read_list(imap_client::ImapResponse const& line, bool knows_subscribed);

struct ListedMessage {
    mailbox::Uid uid = 0;
    std::uint64_t size = 0;
    mailbox::Flags flags;
    base::Timestamp date = 0;
};

inline constexpr std::string_view listed_items = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
/// Of a FETCH response of these items; uid 0 where there is none.
ListedMessage read_listed_message(imap_client::ImapResponse const& fetch);

} // namespace maild::transfer
