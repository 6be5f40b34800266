#pragma once
// Answers SEARCH. Each key is asked in three steps, and the next one only while the answer is open: from the row
// (flags, dates, sizes), from the header in the index, from the scanned body.

#include "maild/imap/search_keys.h"
#include "maild/imap/walk.h"
#include "maild/mailbox/store.h"

#include <optional>
#include <string>
#include <vector>

namespace maild::imap
{

class Searcher
{
public:
    Searcher(mailbox::MailStore& store, View& view) : store_(store), view_(view) {}

    /// UIDs of the view's messages for which the key holds. Throws ClientError for a sequence number that is not
    /// there.
    mailbox::UidSet run(SearchKey key);

private:
    void prepare(SearchKey& key);
    void search_texts(SearchKey const& key, std::vector<Entry> const& open, std::vector<mailbox::Uid>& found);

    mailbox::MailStore& store_;
    View& view_;
};

} // namespace maild::imap
