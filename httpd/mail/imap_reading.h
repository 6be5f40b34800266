#pragma once
// What IMAP's data mean: FETCH items, ENVELOPE and BODYSTRUCTURE (RFC 3501 7.4.2), LIST and STATUS, as
// mail_client.h's types.

#include "appliance/imap_client/fetch.h"
#include "httpd/mail/mail_client.h"

namespace httpd::mail
{

using imap_client::fetch_item;
using imap_client::ImapResponse;
using imap_client::ImapValue;

/// What a FETCH asks for so that read_summary() and read_message() have what they read.
inline constexpr std::string_view summary_items =
    "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE PREVIEW (LAZY) THREADID)";
inline constexpr std::string_view flag_items = "(UID FLAGS)";
inline constexpr std::string_view message_items =
    "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE PREVIEW (LAZY) THREADID "
    "BODY.PEEK[HEADER.FIELDS (REFERENCES DISPOSITION-NOTIFICATION-TO LIST-POST)])";

Flags read_flags(ImapValue const& list);
Summary read_summary(ImapResponse const& fetch);
Message read_message(ImapResponse const& fetch);
BodyPart read_body_structure(ImapValue const& structure);

/// The folder of a LIST line; nothing for one that cannot be opened.
std::optional<Folder> read_list(ImapResponse const& list);
/// Fills in the counts of a STATUS line.
void read_status(ImapResponse const& status, Folder& folder);

} // namespace httpd::mail
