#pragma once
// What a SEARCH asks for (RFC 9051 6.4.4, with the keys of RFC 5032, 5182, 7162, 8474 and 8514), parsed into a tree.
// Answering is in search.h.

#include "maild/imap/grammar.h"

#include <cstdint>
#include <string>
#include <vector>

namespace maild::imap
{

struct SearchKey {
    enum class Kind {
        all,         ///< every message
        both,        ///< all of `children` (a list in brackets, and the whole program)
        either,      ///< OR: one of the two `children`
        none_of,     ///< NOT: the one child does not hold
        sequence,    ///< `set` of sequence numbers
        uid,         ///< `set` of UIDs
        has_flag,    ///< `number`: the bit of mailbox::Flag
        has_keyword, ///< `text`
        recent,
        larger, ///< `number` of bytes
        smaller,
        before, ///< the internal date's `day`
        on,
        since,
        sent_before, ///< the Date field's `day`
        sent_on,
        sent_since,
        header, ///< field `name` holds `text`; an empty text: the field is there
        body,   ///< the decoded body holds `text`
        text,   ///< header or body hold it
        older,  ///< RFC 5032: by at least `number` seconds
        younger,
        modseq,       ///< RFC 7162: at least `number`
        saved_before, ///< RFC 8514: the save date's `day`
        saved_on,
        saved_since,
        email_id, ///< RFC 8474: `number`, see object_ids.h; 0: no message has it
        thread_id,
    };

    Kind kind = Kind::all;
    std::vector<SearchKey> children = {};
    SequenceSet set = {};
    mailbox::UidSet uids = {}; ///< the set, when the search begins
    std::uint64_t number = 0;
    message::Day day = {};
    std::string name = {};
    std::string text = {}; ///< UTF-8, folded (fold.h)

    /// Whether the key or one below it is of that kind.
    bool uses(Kind wanted) const;
};

/// Whether a SEARCH may name its charset: not once UTF8=ACCEPT is enabled (RFC 6855 section 3).
enum class CharsetName { allowed, refused };
/// search-program: ["CHARSET" SP charset SP] search-key *(SP search-key). Unknown charsets: NO [BADCHARSET].
SearchKey must_search_program(Parser& parser, CharsetName charset = CharsetName::allowed);
/// The same of SORT and THREAD: charset SP search-key *(SP search-key).
SearchKey must_search_criteria(Parser& parser);

} // namespace maild::imap
