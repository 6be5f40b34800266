#include "maild/mailbox/column_cache.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
template <class Value>
std::size_t bytes_of(std::vector<Value> const& values)
{
    return values.capacity() * sizeof(Value);
}
} // namespace

std::size_t ColumnParts::bytes() const
{
    auto sum = bytes_of(*uids);
    if (rows) sum += bytes_of(rows->bodies) + bytes_of(rows->sizes) + bytes_of(rows->arrived);
    if (sent) sum += bytes_of(sent->when) + bytes_of(sent->day);
    if (threads)
        sum += bytes_of(threads->message_ids) + bytes_of(threads->is_reply) + bytes_of(threads->parents_end) +
               bytes_of(threads->parents);
    for (auto const& text : texts)
        if (text) sum += text->bytes();
    return sum;
}

Columns ColumnParts::snapshot(ColumnSet wanted) const
{
    Columns columns;
    columns.uids = uids;
    if (wanted.rows) columns.rows = rows;
    if (wanted.sent) columns.sent = sent;
    if (wanted.threads) columns.threads = threads;
    for (std::size_t i = 0; i < text_kinds; ++i)
        if (wanted.has(static_cast<TextKind>(i))) columns.texts[i] = texts[i];
    return columns;
}

Columns ColumnCache::get(MailboxId mailbox, ColumnSet wanted, std::function<void(ColumnParts&)> const& fill)
{
    auto const entry = entry_of(mailbox);
    std::lock_guard const lock(entry->mutex);
    try {
        fill(entry->parts);
    } catch (...) { // half a column must not stay
        entry->parts = {};
        forget(mailbox);
        throw;
    }
    settle(*entry, entry->parts.bytes());
    return entry->parts.snapshot(wanted);
}

std::shared_ptr<ColumnCache::Entry> ColumnCache::entry_of(MailboxId mailbox)
{
    std::lock_guard const lock(mutex_);
    auto const is_it = [&](auto const& entry) { return entry->mailbox == mailbox; };
    auto const found = std::find_if(entries_.begin(), entries_.end(), is_it);
    if (found == entries_.end())
        entries_.push_front(std::make_shared<Entry>(mailbox));
    else
        entries_.splice(entries_.begin(), entries_, found);
    return entries_.front();
}

/// Notes how large it is now, and drops those that were not used for the longest time.
void ColumnCache::settle(Entry& entry, std::size_t bytes)
{
    std::lock_guard const lock(mutex_);
    entry.bytes = bytes;
    std::size_t sum = 0;
    for (auto const& kept : entries_) sum += kept->bytes;
    while (sum > bytes_max && !entries_.empty()) {
        sum -= entries_.back()->bytes;
        entries_.pop_back();
    }
}

void ColumnCache::forget(MailboxId mailbox)
{
    std::lock_guard const lock(mutex_);
    entries_.remove_if([&](auto const& entry) { return entry->mailbox == mailbox; });
}

} // namespace maild::mailbox
