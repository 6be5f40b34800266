#pragma once
// The texts of a Maildir as Dovecot keeps it: file names, dovecot-uidlist, dovecot-keywords, subscriptions. Bytes
// from files that anybody may have written; reading gives what can be understood and leaves out the rest.

#include "maild/mailbox/store.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace maild::transfer
{

using mailbox::Flags;
using mailbox::Uid;

/// "1600000000.M1P2.host,S=120:2,FS"
struct MaildirName {
    std::string base;    ///< before the flags: what a message is called for ever
    std::string letters; ///< of the flags
    bool is_raw = false; ///< ",raw": our own export of a message with other line ends than CRLF
};
MaildirName parse_maildir_name(std::string_view name);

/// Letters and the folder's keywords (a-z) as flags, and back. A keyword that is not in the list is left out.
Flags flags_of(std::string_view letters, std::vector<std::string> const& keywords);
std::string letters_of(Flags const& flags, std::vector<std::string> const& keywords);

/// dovecot-keywords: "0 $Forwarded\n1 Junk\n"; at most 26, by number. A gap is an empty string.
inline constexpr std::size_t maildir_keywords_max = 26;
std::vector<std::string> parse_keywords_file(std::string_view text);
std::string show_keywords_file(std::vector<std::string> const& keywords);

/// dovecot-uidlist, versions 1 and 3.
struct UidList {
    std::uint32_t uid_validity = 0;
    Uid uid_next = 0;
    std::map<std::string, Uid, std::less<>> uids; ///< by MaildirName::base
    bool is_there() const { return uid_validity != 0; }
};
UidList parse_uid_list(std::string_view text);
std::string show_uid_list(UidList const& list);

/// subscriptions, versions 1 (levels separated by '.') and 2 (by tabs): UTF-8 names with '/'.
std::vector<std::string> parse_subscriptions(std::string_view text);
std::string show_subscriptions(std::vector<std::string> const& names);

/// "Arsip/2020" is the folder ".Arsip.2020" (modified UTF-7, a '.' inside a level written as base64), INBOX is "".
std::string folder_of(std::string_view mailbox);
/// Nothing for a name that is no folder of a Maildir++.
std::optional<std::string> mailbox_of(std::string_view folder);

} // namespace maild::transfer
