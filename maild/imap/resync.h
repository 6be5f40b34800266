#pragma once
// What RFC 7162 adds to the words of SELECT, FETCH and STORE. One function per rule of its section 7.

#include "maild/imap/grammar.h"
#include "maild/imap/search_return.h"
#include "maild/mailbox/ids.h"

#include <optional>

namespace maild::imap
{

/// What a client that comes back knows of a mailbox.
struct Resync {
    std::uint32_t uid_validity = 0;
    mailbox::ModSeq modseq = 0;
    std::optional<SequenceSet> known_uids; ///< nothing: all it was told up to then
    bool matches_numbers = false;          ///< it gave seq-match-data, which our log of expunges does not need
};

/// SELECT's "(CONDSTORE)" and "(QRESYNC (...))"; unknown parameters are refused.
struct SelectOptions {
    bool condstore = false;
    std::optional<Resync> resync;
};
SelectOptions must_select_options(Parser& parser);

/// FETCH's "(CHANGEDSINCE 7 VANISHED PARTIAL 1:100)".
struct FetchOptions {
    std::optional<mailbox::ModSeq> changed_since;
    bool vanished = false;
    std::optional<PartialRange> partial; ///< RFC 9394: only these of the messages, by their order
};
FetchOptions must_fetch_options(Parser& parser);

/// STORE's "(UNCHANGEDSINCE 7) ", if it is there.
std::optional<mailbox::ModSeq> must_unchanged_since(Parser& parser);

} // namespace maild::imap
