#pragma once
// Keeps the columns of mailboxes that were searched or sorted lately. What is kept never becomes wrong: a message's
// columns do not change, and its UID is never given again. New messages are added at the end.

#include "maild/mailbox/columns.h"

#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace maild::mailbox
{

/// Columns that are being filled. Each is as long as `uids`, or shorter: then the rest is due.
struct ColumnParts {
    std::shared_ptr<std::vector<Uid>> uids = std::make_shared<std::vector<Uid>>();
    std::shared_ptr<RowColumn> rows;
    std::shared_ptr<SentColumn> sent;
    std::shared_ptr<ThreadColumn> threads;
    std::shared_ptr<TextColumn> texts[text_kinds];

    std::size_t bytes() const;
    Columns snapshot(ColumnSet wanted) const;
};

class ColumnCache
{
public:
    static constexpr std::size_t bytes_max = std::size_t{64} << 20; ///< of all mailboxes together
    static constexpr std::size_t rows_max = 300'000;                ///< a larger mailbox is not kept

    /// `fill` brings the parts up to date; when it throws, nothing is kept of the mailbox. Two callers with one
    /// mailbox take turns, others do not wait.
    Columns get(MailboxId mailbox, ColumnSet wanted, std::function<void(ColumnParts&)> const& fill);

private:
    struct Entry {
        explicit Entry(MailboxId the_mailbox) : mailbox(the_mailbox) {}
        MailboxId const mailbox;
        std::mutex mutex; ///< of `parts`
        ColumnParts parts;
        std::size_t bytes = 0; ///< under the cache's mutex, as the list is
    };

    std::shared_ptr<Entry> entry_of(MailboxId mailbox);
    void settle(Entry& entry, std::size_t bytes);
    void forget(MailboxId mailbox);

    std::mutex mutex_;
    std::list<std::shared_ptr<Entry>> entries_; ///< the last used one first
};

/// The column to add to: a copy of its own when somebody still reads the present one.
template <class Column>
Column& writable(std::shared_ptr<Column>& column)
{
    if (!column)
        column = std::make_shared<Column>();
    else if (column.use_count() > 1)
        column = std::make_shared<Column>(*column);
    return *column;
}

} // namespace maild::mailbox
