#pragma once
// Which IMAP server, and as whom.

#include <optional>
#include <string>
#include <string_view>

namespace maild::transfer
{

/// "imaps://user@host:993/", "imap://host/"
struct ImapAddress {
    bool is_tls = true; ///< from the beginning; else STARTTLS
    std::string user;   ///< may be empty
    std::string host;
    unsigned port = 993;
};
/// Nothing for what is no such URL, or holds a password: they are no arguments.
std::optional<ImapAddress> parse_imap_address(std::string_view url);

struct ImapLogin {
    ImapAddress address;
    std::string user;
    std::string password;
    /// The certificate is not looked at, and where there is no TLS the password goes in the clear.
    bool is_insecure = false;
};

} // namespace maild::transfer
