// Notes about mailboxes and the server (RFC 5464).

#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

namespace maild::mailbox
{

namespace
{
/// Leaves the transaction, which then leaves no trace.
struct TooMany {
};

void write_notes(db::Transaction& transaction, MailboxId mailbox, MailStore::Notes const& notes)
{
    for (auto const& change : notes.changes) {
        transaction.exec("DELETE FROM annotation WHERE mailbox_id = ? AND account_id = ? AND entry = ?", mailbox,
                         notes.reader, change.entry);
        if (change.value)
            transaction.exec("INSERT INTO annotation (mailbox_id, account_id, entry, value) VALUES (?, ?, ?, ?)",
                             mailbox, notes.reader, change.entry, db::Blob{*change.value});
    }
    auto const count = transaction.number("SELECT COUNT(*) FROM annotation WHERE mailbox_id = ? AND account_id = ?",
                                          mailbox, notes.reader);
    if (count.value_or(0) > std::int64_t{annotations_max}) throw TooMany();
}
} // namespace

std::vector<Annotation> SqlMailStore::annotations(MailboxId mailbox, AccountId reader)
{
    return database_.read([&](db::Reader& transaction) {
        std::vector<Annotation> all;
        auto found = transaction.query(
            "SELECT entry, value FROM annotation WHERE mailbox_id = ? AND account_id = ? ORDER BY entry", mailbox,
            reader);
        while (auto const row = found.next()) all.push_back({row->text(0), row->text(1)});
        return all;
    });
}

Refusal SqlMailStore::annotate(MailboxId mailbox, std::vector<Notes> const& notes)
{
    std::vector<News> news;
    try {
        auto const refusal = database_.run([&](db::Transaction& transaction) {
            news.clear();
            auto const found = mailbox != 0 ? rows::read_mailbox(transaction, mailbox) : std::nullopt;
            if (mailbox != 0 && !found) return Refusal::missing;
            for (auto const& one : notes) {
                write_notes(transaction, mailbox, one);
                news.push_back({found ? found->account : one.reader, mailbox});
            }
            return Refusal::none;
        });
        if (refusal == Refusal::none) feed_.announce(news);
        return refusal;
    } catch (TooMany const&) { // the way out of a transaction that has already changed something
        return Refusal::too_many;
    }
}

} // namespace maild::mailbox
