#pragma once
// Messages from another IMAP server (RFC 3501 and newer): read only, with several commands on their way at a time.

#include "maild/transfer/importer.h"

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
std::optional<ImapAddress> parse_imap_address(std::string_view url);

struct ImapLogin {
    ImapAddress address;
    std::string user;
    std::string password;
    /// The certificate is not looked at, and where there is no TLS the password goes in the clear.
    bool is_insecure = false;
};

/// All mailboxes, or the one of that name there. A broken connection is made anew as long as messages still came in
/// since the last time. Throws base::Failure.
void import_imap(ImapLogin const& login, std::string const& only_mailbox, Importer& importer);

} // namespace maild::transfer
