#include "maild/imap/thread.h"
#include "maild/mailbox/column_cache.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// A mailbox of headers, one behind the other: whatever they refer to, every message is in every answer once.
FUZZ_TARGET(threads)
{
    maild::mailbox::ColumnParts parts;
    parts.rows = std::make_shared<maild::mailbox::RowColumn>();
    parts.sent = std::make_shared<maild::mailbox::SentColumn>();
    parts.threads = std::make_shared<maild::mailbox::ThreadColumn>();
    auto& subjects = parts.texts[0] = std::make_shared<maild::mailbox::TextColumn>();
    for (std::size_t begin = 0; begin < bytes.size() && begin < 20000; ++begin) {
        auto const end = std::min(bytes.find("\r\n\r\n", begin), bytes.size());
        auto const index = maild::mailbox::make_search_index(bytes.substr(begin, end - begin));
        parts.uids->push_back(static_cast<maild::mailbox::Uid>(parts.uids->size() + 1));
        parts.rows->arrived.push_back(static_cast<base::Timestamp>(begin));
        parts.sent->when.push_back(index.sent.value_or(maild::mailbox::SentColumn::unknown));
        parts.threads->message_ids.push_back(index.message_id);
        parts.threads->is_reply.push_back(index.is_reply);
        for (auto const parent : index.parents) parts.threads->parents.push_back(parent);
        parts.threads->parents_end.push_back(static_cast<std::uint32_t>(parts.threads->parents.size()));
        subjects->add(index.subject);
        begin = end + 3;
    }
    subjects->rank();
    auto const columns = parts.snapshot(maild::imap::columns_for_threads());
    std::vector<std::uint32_t> rows;
    for (auto const uid : *columns.uids) rows.push_back(uid - 1);
    using maild::imap::ThreadAlgorithm;
    for (auto const algorithm :
         {ThreadAlgorithm::ordered_subject, ThreadAlgorithm::references, ThreadAlgorithm::refs}) {
        std::size_t shown = 0;
        maild::imap::thread(columns, rows, algorithm, [&](std::uint32_t row) { return ++shown, row + 1; });
        if (shown != rows.size()) std::abort();
    }
}
