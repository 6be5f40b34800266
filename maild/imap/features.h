#pragma once
// What a client has enabled (RFC 5161, or by using it: RFC 7162), and what it changes in the answers.

#include "maild/mailbox/uid_set.h"

#include <string>

namespace maild::imap
{

/// Bits.
enum Feature : unsigned {
    feature_rev2 = 1,      ///< IMAP4rev2 (RFC 9051): no \Recent
    feature_utf8 = 2,      ///< UTF8=ACCEPT (RFC 6855)
    feature_condstore = 4, ///< RFC 7162: mod-sequences in unasked FETCH responses
    feature_qresync = 8,   ///< RFC 7162: VANISHED for EXPUNGE; comes with condstore
    feature_uidonly = 16,  ///< RFC 9586: no sequence numbers in either direction
};

/// "* 3 FETCH (", or "* 7 UIDFETCH (" for a client that wants no sequence numbers.
inline std::string fetch_start(unsigned features, std::uint32_t number, mailbox::Uid uid)
{
    if ((features & feature_uidonly) != 0) return "* " + std::to_string(uid) + " UIDFETCH (";
    return "* " + std::to_string(number) + " FETCH (";
}

} // namespace maild::imap
