#pragma once
// A search whose result the client keeps and the server keeps up to date (RFC 5267): RETURN (UPDATE).

#include "maild/imap/search.h"
#include "maild/imap/search_return.h"
#include "maild/imap/sort.h"

#include <string>
#include <vector>

namespace maild::imap
{

/// One SEARCH or SORT as the client wrote it.
struct SearchRequest {
    ReturnOptions options;
    std::vector<SortCriterion> criteria; ///< none: a SEARCH
    SearchKey program;                   ///< with UIDs for its sets
};

/// Its result, as the client knows it.
struct SearchContext {
    std::string tag;
    Numbers numbers = Numbers::uid;
    SearchRequest request;
    std::vector<mailbox::Uid> result; ///< in the order of the result

    bool is_sorted() const { return !request.criteria.empty(); }
};

/// "* ESEARCH (TAG ...) REMOVEFROM (...)" with CRLF for what is in `gone`, or "". The context forgets it.
std::string tell_removed(SearchContext& context, mailbox::UidSet const& gone, UidMap const& map);
/// The same of ADDTO for what is new in `now`, the whole result in its order.
std::string tell_added(SearchContext& context, std::vector<mailbox::Uid> const& now, UidMap const& map);

/// The messages by their numbers of `map`, in the order of the criteria.
std::vector<mailbox::Uid> sorted_uids(mailbox::MailStore& store, mailbox::MailboxId mailbox,
                                      mailbox::UidSet const& uids, std::vector<SortCriterion> const& criteria);

/// Row numbers of those that are among `uids`, ascending.
std::vector<std::uint32_t> rows_of(mailbox::Columns const& columns, mailbox::UidSet const& uids);

} // namespace maild::imap
