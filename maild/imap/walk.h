#pragma once
// Walks the messages of a selection in the client's order, a batch of rows at a time, so that a command on a million
// messages needs the memory of a batch.

#include "maild/imap/limits.h"
#include "maild/imap/sync.h"

namespace maild::imap
{

class Walk
{
public:
    /// `selection`: UIDs that the view knows, as View::must_resolve gives them.
    Walk(mailbox::MailStore& store, View& view, mailbox::UidSet selection, std::size_t batch = limits::index_batch)
        : store_(store), view_(view), selection_(std::move(selection)), batch_(batch)
    {
    }

    /// The next messages; empty at the end. Throws base::StoreError.
    std::vector<Entry> next();
    /// Of those walked so far and to come: messages that were expunged meanwhile are missing. Good at the end.
    std::size_t missing() const { return selection_.size() - found_; }

private:
    mailbox::MailStore& store_;
    View& view_;
    mailbox::UidSet const selection_;
    std::size_t const batch_;
    mailbox::Uid from_ = 1; ///< the next one to read; 0: the end was reached
    std::size_t found_ = 0;
};

} // namespace maild::imap
