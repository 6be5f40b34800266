#pragma once
// Walks the messages of a selection by their UIDs, a batch of rows at a time, so that a command on a million
// messages needs the memory of a batch.

#include "maild/imap/limits.h"
#include "maild/imap/sync.h"

namespace maild::imap
{

class Walk
{
public:
    enum class Order { oldest_first, newest_first };
    enum class Rows { whole, flags }; ///< flags: as MailStore::flags_of gives them

    /// `selection`: UIDs that the view knows, as View::must_resolve gives them.
    Walk(mailbox::MailStore& store, View& view, mailbox::UidSet const& selection,
         std::size_t batch = limits::index_batch, Order order = Order::oldest_first, Rows rows = Rows::whole);

    /// The next messages; empty at the end. Throws base::StoreError.
    std::vector<Entry> next();
    /// Of those walked so far and to come: messages that were expunged meanwhile are missing. Good at the end.
    std::size_t missing() const { return missing_; }

private:
    std::vector<mailbox::MessageInfo> read(mailbox::UidSet const& piece);

    mailbox::MailStore& store_;
    View& view_;
    std::size_t const batch_;
    Order const order_;
    Rows const rows_;
    std::vector<mailbox::UidSet> pieces_; ///< a batch each, the next one last
    std::size_t missing_ = 0;
};

} // namespace maild::imap
