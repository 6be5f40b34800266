#pragma once
// The rights of RFC 4314 section 2.1 as bits and as letters.

#include <optional>
#include <string>
#include <string_view>

namespace maild::mailbox
{

enum Right : unsigned {
    right_lookup = 1,            ///< l: the mailbox exists for him
    right_read = 2,              ///< r: SELECT, FETCH, SEARCH, COPY from it
    right_seen = 4,              ///< s: keep his own \Seen
    right_write = 8,             ///< w: flags and keywords but \Seen and \Deleted
    right_insert = 16,           ///< i: APPEND, COPY into it
    right_post = 32,             ///< p: kept for clients; nothing asks for it
    right_create = 64,           ///< k: mailboxes below it
    right_delete_mailbox = 128,  ///< x: DELETE and RENAME it
    right_delete_messages = 256, ///< t: \Deleted
    right_expunge = 512,         ///< e: EXPUNGE
    right_admin = 1024,          ///< a: SETACL, GETACL
};
using Rights = unsigned; ///< bits of Right

inline constexpr Rights all_rights = 2047;

/// "lrswipkxtea". The letters "c" and "d" of RFC 2086 are added for old clients where a part of them is there
/// (RFC 4314 2.1.1).
std::string show_rights(Rights rights);
/// Letters in any order; "c" is "kx", "d" is "te". Nothing for a letter that is no right.
std::optional<Rights> parse_rights(std::string_view letters);

} // namespace maild::mailbox
