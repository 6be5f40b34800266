#include "appliance/base/text.h"
#include "maild/queue/sql_spool.h"

#include <filesystem>
#include <unistd.h>

namespace maild::queue
{

namespace
{
/// A body file without a row is garbage only when nobody can be writing it any more.
constexpr auto garbage_age = std::chrono::hours(2);
} // namespace

std::vector<Message> SqlSpool::due(base::Timestamp now, std::size_t most)
{
    // One step per priority in use, so that those that wait for their release or a retry are not read.
    return database_.read([&](db::Reader& reader) {
        std::vector<Message> messages;
        auto rank = reader.number("SELECT MIN(rank) FROM recipient WHERE state = 0");
        while (rank && messages.size() < most) {
            std::set<MessageId> ids;
            auto rows =
                reader.query("SELECT message_id FROM recipient WHERE state = 0 AND rank = ? AND next_try <= ? "
                             "ORDER BY next_try, message_id",
                             *rank, now);
            while (ids.size() < most - messages.size()) {
                auto const row = rows.next();
                if (!row) break;
                ids.insert(row->integer(0));
            }
            for (auto const id : ids) add_due(reader, id, now, messages);
            rank = reader.number("SELECT MIN(rank) FROM recipient WHERE state = 0 AND rank > ?", *rank);
        }
        return messages;
    });
}

/// A message with many recipients comes whole.
void SqlSpool::add_due(db::Reader& reader, MessageId id, base::Timestamp now, std::vector<Message>& messages) const
{
    auto some =
        group(reader, reader.query("SELECT message_id, number, address, original, notify, state, destination, "
                                   "next_try, attempts, last_try, last_reply, warned, class, deadline "
                                   "FROM recipient WHERE message_id = ? AND +state = 0 AND next_try <= ? "
                                   "ORDER BY number",
                                   id, now));
    std::move(some.begin(), some.end(), std::back_inserter(messages));
}

void SqlSpool::settle(Settlement& settlement)
{
    if (settlement.empty()) return;
    for (auto& report : settlement.reports) report.body.finish();
    std::set<MessageId> touched;
    for (auto const& key : settlement.done) touched.insert(key.message);
    auto const files = database_.run([&](db::Transaction& transaction) {
        apply(transaction, settlement);
        return remove_finished(transaction, touched);
    });
    for (auto& report : settlement.reports) report.body.keep();
    unlink_bodies(files);
}

void SqlSpool::apply(db::Transaction& transaction, Settlement const& settlement) const
{
    for (auto const& onward : settlement.onward) insert_onward(transaction, onward, settlement.bulk);
    for (auto const& change : settlement.later) {
        // What a person has given up meanwhile stays given up.
        transaction.exec("UPDATE recipient SET next_try = CASE WHEN deadline = 1 THEN next_try ELSE ? END, "
                         "attempts = ?, last_try = ?, last_reply = ?, warned = ?, "
                         "deadline = CASE WHEN deadline = 1 THEN 1 ELSE ? END WHERE message_id = ? AND number = ?",
                         change.next_try, change.attempts, change.last_try, change.reply, change.warned,
                         change.deadline, change.message, change.number);
    }
    for (auto const& key : settlement.held)
        transaction.exec("UPDATE recipient SET state = 2 WHERE message_id = ? AND number = ?", key.message,
                         key.number);
    for (auto const& report : settlement.reports)
        insert(transaction, report.body, report.envelope, report.recipients);
    for (auto const& key : settlement.done)
        transaction.exec("DELETE FROM recipient WHERE message_id = ? AND number = ?", key.message, key.number);
    for (auto const& answer : settlement.answered)
        transaction.exec("INSERT INTO answered (account_id, sender, answered) VALUES (?, ?, ?) "
                         "ON CONFLICT (account_id, sender) DO UPDATE SET answered = excluded.answered",
                         answer.account, base::lower(answer.sender), answer.when);
    for (auto const& event : settlement.events) trace(transaction, event);
}

base::Timestamp SqlSpool::last_answer(std::int64_t account, std::string_view sender)
{
    auto const name = base::lower(sender);
    return database_.read([&](db::Reader& reader) {
        return reader.number("SELECT answered FROM answered WHERE account_id = ? AND sender = ?", account, name)
            .value_or(0);
    });
}

std::vector<MessageId> SqlSpool::remove_finished(db::Transaction& transaction, std::set<MessageId> const& touched)
{
    std::vector<MessageId> files;
    for (auto const id : touched) {
        if (transaction.number("SELECT 1 FROM recipient WHERE message_id = ? LIMIT 1", id)) continue;
        if (transaction.number("SELECT 1 FROM message WHERE message_id = ? AND body IS NULL", id))
            files.push_back(id);
        transaction.exec("DELETE FROM message WHERE message_id = ?", id);
    }
    return files;
}

void SqlSpool::unlink_bodies(std::vector<MessageId> const& messages) const
{
    for (auto const id : messages) ::unlink(body_file(id).c_str());
}

std::vector<Room> SqlSpool::rooms()
{
    return database_.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT account_id, bytes FROM room");
        std::vector<Room> rooms;
        while (auto const row = rows.next()) rooms.push_back({row->integer(0), row->integer(1)});
        return rooms;
    });
}

void SqlSpool::publish_room(std::int64_t account, std::optional<std::int64_t> bytes)
{
    database_.run([&](db::Transaction& transaction) {
        if (!bytes) {
            transaction.exec("DELETE FROM room WHERE account_id = ?", account);
            return;
        }
        transaction.exec("INSERT INTO room (account_id, bytes) VALUES (?, ?) "
                         "ON CONFLICT (account_id) DO UPDATE SET bytes = excluded.bytes",
                         account, *bytes);
    });
}

void SqlSpool::sweep()
{
    auto const old = std::filesystem::file_time_type::clock::now() - garbage_age;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator(folder_ + "/body", error)) {
        auto const written = entry.last_write_time(error);
        if (error || written > old) continue;
        auto const id = parse_message_id(entry.path().filename().string());
        bool const has_row = id && database_.read([&](db::Reader& reader) {
            return reader.number("SELECT 1 FROM message WHERE message_id = ?", *id).has_value();
        });
        if (!has_row) std::filesystem::remove(entry.path(), error);
    }
}

} // namespace maild::queue
