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
    // `most` counts messages; one with many recipients comes whole.
    return database_.read([&](db::Reader& reader) {
        return group(reader, reader.query("SELECT message_id, number, address, original, notify, state, destination, "
                                          "next_try, attempts, last_try, last_reply, warned FROM recipient "
                                          "WHERE state = 0 AND next_try <= ? AND message_id IN (SELECT DISTINCT "
                                          "message_id FROM recipient WHERE state = 0 AND next_try <= ? ORDER BY "
                                          "message_id LIMIT ?) ORDER BY message_id, number",
                                          now, now, most));
    });
}

std::vector<std::string> SqlSpool::due_destinations(base::Timestamp now)
{
    return database_.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT DISTINCT destination FROM recipient WHERE state = 1 AND next_try <= ?", now);
        std::vector<std::string> destinations;
        while (auto const row = rows.next()) destinations.push_back(row->text(0));
        return destinations;
    });
}

std::vector<Message> SqlSpool::due_for(std::string_view destination, base::Timestamp now, std::size_t most)
{
    return database_.read([&](db::Reader& reader) {
        return group(reader,
                     reader.query("SELECT message_id, number, address, original, notify, state, destination, "
                                  "next_try, attempts, last_try, last_reply, warned FROM recipient "
                                  "WHERE state = 1 AND next_try <= ? AND destination = ? AND message_id IN "
                                  "(SELECT DISTINCT message_id FROM recipient WHERE state = 1 AND next_try <= ? "
                                  "AND destination = ? ORDER BY message_id LIMIT ?) "
                                  "ORDER BY message_id, number",
                                  now, destination, now, destination, most));
    });
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
    for (auto const& onward : settlement.onward) {
        // The message may have been deleted by hand meanwhile.
        auto const last =
            transaction.number("SELECT MAX(number) FROM recipient WHERE message_id = ?", onward.message);
        if (last)
            insert_recipient(transaction, onward.message, *last + 1, onward.recipient, State::remote,
                             onward.destination, clock_.now());
    }
    for (auto const& change : settlement.later)
        transaction.exec("UPDATE recipient SET next_try = ?, attempts = ?, last_try = ?, last_reply = ?, warned = ? "
                         "WHERE message_id = ? AND number = ?",
                         change.next_try, change.attempts, change.last_try, change.reply, change.warned,
                         change.message, change.number);
    for (auto const& report : settlement.reports)
        insert(transaction, report.body, report.envelope, report.recipients);
    for (auto const& key : settlement.done)
        transaction.exec("DELETE FROM recipient WHERE message_id = ? AND number = ?", key.message, key.number);
    for (auto const& event : settlement.events) trace(transaction, event);
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

void SqlSpool::defer_destination(std::string_view destination, base::Timestamp until)
{
    database_.run([&](db::Transaction& transaction) {
        transaction.exec("UPDATE recipient SET next_try = ? WHERE state = 1 AND next_try < ? AND destination = ?",
                         until, until, destination);
    });
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
