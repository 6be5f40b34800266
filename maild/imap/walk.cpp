#include "maild/imap/walk.h"

#include <algorithm>

namespace maild::imap
{

Walk::Walk(mailbox::MailStore& store, View& view, mailbox::UidSet const& selection, std::size_t batch, Order order,
           Rows rows)
    : store_(store), view_(view), batch_(batch), order_(order), rows_(rows), pieces_(selection.pieces(batch))
{
    if (order == Order::oldest_first) std::reverse(pieces_.begin(), pieces_.end());
}

std::vector<mailbox::MessageInfo> Walk::read(mailbox::UidSet const& piece)
{
    if (rows_ == Rows::flags) return store_.flags_of(view_.id(), piece);
    return store_.messages(view_.id(), piece, piece.ranges().front().first, batch_);
}

std::vector<Entry> Walk::next()
{
    std::vector<Entry> entries;
    while (entries.empty() && !pieces_.empty()) { // of a piece, all may be gone
        auto const piece = std::move(pieces_.back());
        pieces_.pop_back();
        auto rows = read(piece);
        missing_ += piece.size() - rows.size();
        if (order_ == Order::newest_first) std::reverse(rows.begin(), rows.end());
        entries.reserve(rows.size());
        for (auto& row : rows) {
            auto const uid = row.uid;
            entries.push_back({std::move(row), view_.map().number(uid).value_or(0), view_.is_recent(uid)});
        }
    }
    return entries;
}

} // namespace maild::imap
