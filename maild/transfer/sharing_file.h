#pragma once
// kotakpos-sharing: what our own Maildir export notes of a mailbox beside what Dovecot has: who else may use it (RFC
// 4314), notes about it (RFC 5464) and what others have read. People are named by their login, because a number means
// somebody else on another box. Bytes from a file that anybody may have written.

#include "maild/mailbox/upkeep.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::transfer
{

/// Who people are: accounts and logins. Either gives nothing for somebody unknown.
struct People {
    std::function<std::optional<std::string>(mailbox::AccountId)> login_of;
    std::function<std::optional<mailbox::AccountId>(std::string_view login)> account_of;
};

/// "" when there is nothing to note. `owner` is noted as the owner, whoever that will be. Deleted users are left out.
std::string show_sharing(mailbox::MailboxSharing const& sharing, mailbox::AccountId owner, People const& people);

struct SharingFile {
    mailbox::MailboxSharing sharing;
    std::vector<std::string> strangers; ///< logins that nobody has here: what was theirs is left out
};
/// What can be understood; the rest is left out.
SharingFile parse_sharing(std::string_view text, mailbox::AccountId owner, People const& people);

} // namespace maild::transfer
