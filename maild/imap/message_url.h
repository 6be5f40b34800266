#pragma once
// IMAP URLs that name a message of ours or a part of one (RFC 5092), as CATENATE has them (RFC 4469).

#include "maild/imap/fetch_items.h"
#include "maild/mailbox/ids.h"

#include <optional>
#include <string>
#include <string_view>

namespace maild::imap
{

struct MessageUrl {
    std::string server;  ///< "ali@mail.sekolah.example:143", empty for a relative URL
    std::string mailbox; ///< UTF-8; empty: the selected one
    std::optional<std::uint32_t> uid_validity;
    mailbox::Uid uid = 0;
    std::optional<Section> section; ///< nothing: the whole message
    std::optional<Partial> partial;
};

/// "/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5.9", with or without "imap://server" before it. Nothing for
/// what is no URL of a message, or one with URLAUTH.
std::optional<MessageUrl> parse_message_url(std::string_view url);

} // namespace maild::imap
