// Reading: message lists, indexes and bodies.

#include "maild/mailbox/body_reader.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>
#include <limits>

namespace maild::mailbox
{

namespace
{
/// What is known of a body before its bytes are fetched.
struct Stored {
    bool in_file = false;
    std::uint64_t size = 0;
    std::string hash;  ///< of a file
    std::string bytes; ///< of a small body
};

std::optional<Stored> read_stored(db::Reader& reader, BodyId body)
{
    auto found = reader.query("SELECT b.in_file, b.size, b.hash, b.header, t.header_bytes, t.rest FROM body b "
                              "LEFT JOIN body_text t ON t.body_id = b.body_id WHERE b.body_id = ?",
                              body);
    auto const row = found.next();
    if (!row) return std::nullopt;
    Stored stored;
    stored.in_file = row->integer(0) != 0;
    stored.size = static_cast<std::uint64_t>(row->integer(1));
    if (stored.in_file) {
        stored.hash = row->text(2);
    } else {
        stored.bytes.reserve(stored.size);
        stored.bytes += row->view(3).substr(0, static_cast<std::size_t>(row->integer(4)));
        stored.bytes += row->view(5);
    }
    return stored;
}
} // namespace

std::vector<MessageInfo> SqlMailStore::messages(MailboxId mailbox)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<MessageInfo> messages;
        auto const count = reader.number("SELECT messages FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0);
        messages.reserve(static_cast<std::size_t>(count));
        auto found = reader.query(
            "SELECT uid, body_id, modseq, size, internal_date, flags, keywords, origin, saved FROM message "
            "WHERE mailbox_id = ? ORDER BY uid",
            mailbox);
        while (auto const row = found.next()) messages.push_back(rows::read_message(*row));
        return messages;
    });
}

std::vector<MailStore::DropItem> SqlMailStore::maildrop(MailboxId mailbox)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<DropItem> items;
        auto const count = reader.number("SELECT messages FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0);
        items.reserve(static_cast<std::size_t>(count));
        auto found =
            reader.query("SELECT uid, size, body_id FROM message WHERE mailbox_id = ? ORDER BY uid", mailbox);
        while (auto const row = found.next())
            items.push_back(
                {static_cast<Uid>(row->integer(0)), static_cast<std::uint32_t>(row->integer(1)), row->integer(2)});
        return items;
    });
}

Uid SqlMailStore::claim_recent(MailboxId mailbox)
{
    auto const now = database_.read([&](db::Reader& reader) { return rows::read_mailbox(reader, mailbox); });
    if (!now) return std::numeric_limits<Uid>::max();
    if (now->recent_from == now->uid_next) return now->recent_from; // nothing to write: most SELECTs
    return database_.run([&](db::Transaction& transaction) {
        auto const old = transaction.number("SELECT recent_from FROM mailbox WHERE mailbox_id = ?", mailbox);
        transaction.exec("UPDATE mailbox SET recent_from = uid_next WHERE mailbox_id = ?", mailbox);
        return static_cast<Uid>(old.value_or(std::numeric_limits<Uid>::max()));
    });
}

std::unique_ptr<BodyReader> SqlMailStore::open(BodyId body)
{
    auto stored = database_.read([&](db::Reader& reader) { return read_stored(reader, body); });
    if (!stored) return nullptr;
    if (!stored->in_file) return read_memory(std::move(stored->bytes));
    auto file = blobs_.open(stored->hash);
    if (file) return read_file_body(std::move(file), stored->size);
    // The sweep may have taken row and file since we looked; a row without a file is damage.
    if (database_.read([&](db::Reader& reader) { return read_stored(reader, body).has_value(); }))
        throw base::StoreError(base::StoreFault::corrupt, "the file of a message body is missing");
    return nullptr;
}

} // namespace maild::mailbox
