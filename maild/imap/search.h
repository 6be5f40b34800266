#pragma once
// Answers SEARCH. Each key is asked in three steps, and the next one only while the answer is open: from the view
// (flags, dates, sizes), from the header in the index, from the scanned body.

#include "maild/imap/search_keys.h"
#include "maild/imap/sync.h"
#include "maild/mailbox/store.h"

#include <optional>
#include <string>
#include <vector>

namespace maild::imap
{

class Searcher
{
public:
    Searcher(mailbox::MailStore& store, View const& view) : store_(store), view_(view) {}

    /// Indices of the view's messages for which the key holds, ascending. Throws ClientError for a sequence number
    /// that is not there.
    std::vector<std::size_t> run(SearchKey key);

private:
    void prepare(SearchKey& key) const;
    void search_texts(SearchKey const& key, std::vector<std::size_t> const& open, std::vector<std::size_t>& found);

    mailbox::MailStore& store_;
    View const& view_;
};

} // namespace maild::imap
