#include "maild/imap/walk.h"

namespace maild::imap
{

std::vector<Entry> Walk::next()
{
    std::vector<Entry> entries;
    if (from_ == 0 || selection_.empty()) return entries;
    auto rows = store_.messages(view_.id(), selection_, from_, batch_);
    entries.reserve(rows.size());
    for (auto& row : rows) {
        auto const uid = row.uid;
        entries.push_back({std::move(row), view_.map().number(uid).value_or(0), view_.is_recent(uid)});
    }
    found_ += entries.size();
    bool const more = rows.size() == batch_ && rows.back().uid < selection_.last();
    from_ = more ? rows.back().uid + 1 : 0;
    return entries;
}

} // namespace maild::imap
