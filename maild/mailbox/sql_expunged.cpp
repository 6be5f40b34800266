// The log of expunges: which UIDs went, and when. Old entries are joined into ranges that went at one later moment. A
// client that asks from before that moment is told of UIDs that it knew to be gone, which RFC 7162 3.2.5.2 allows;
// never of too few. So the log stays complete, and what is not in it is in the mailbox.

#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

namespace maild::mailbox
{

namespace
{
/// At most so many entries are joined in one transaction.
constexpr std::int64_t entries_per_transaction = 20000;

/// The moment up to which entries are joined; nothing: the log is short enough.
std::optional<std::int64_t> find_floor(db::Reader& reader, MailboxId mailbox, std::int64_t longest)
{
    auto const count = reader.number("SELECT COUNT(*) FROM expunged WHERE mailbox_id = ?", mailbox).value_or(0);
    if (count <= longest) return std::nullopt;
    auto const joined = std::min(count - longest / 2, entries_per_transaction);
    return reader.number(
        "SELECT modseq FROM expunged WHERE mailbox_id = ? ORDER BY modseq, first_uid LIMIT 1 OFFSET ?", mailbox,
        joined - 1);
}

void join_entries(db::Transaction& transaction, MailboxId mailbox, std::int64_t longest)
{
    auto const floor = find_floor(transaction, mailbox, longest);
    if (!floor) return;
    std::vector<UidRange> ranges;
    auto found = transaction.query("SELECT first_uid, last_uid FROM expunged WHERE mailbox_id = ? AND modseq <= ?",
                                   mailbox, *floor);
    while (auto const row = found.next())
        ranges.push_back({static_cast<Uid>(row->integer(0)), static_cast<Uid>(row->integer(1))});
    auto const before = ranges.size();
    auto const joined = UidSet::of(std::move(ranges));
    if (joined.ranges().size() > before - before / 4) return; // little would be won
    transaction.exec("DELETE FROM expunged WHERE mailbox_id = ? AND modseq <= ?", mailbox, *floor);
    for (auto const& range : joined.ranges())
        transaction.exec("INSERT INTO expunged (mailbox_id, modseq, first_uid, last_uid) VALUES (?, ?, ?, ?)",
                         mailbox, *floor, range.first, range.last);
}
} // namespace

void SqlMailStore::shorten_expunge_logs()
{
    auto const longest = static_cast<std::int64_t>(settings_.expunge_log);
    auto const long_ones = database_.read([&](db::Reader& reader) {
        std::vector<MailboxId> mailboxes;
        auto found = reader.query("SELECT mailbox_id FROM expunged GROUP BY mailbox_id HAVING COUNT(*) > ?", longest);
        while (auto const row = found.next()) mailboxes.push_back(row->integer(0));
        return mailboxes;
    });
    for (auto const mailbox : long_ones)
        database_.run([&](db::Transaction& transaction) { join_entries(transaction, mailbox, longest); });
}

} // namespace maild::mailbox
