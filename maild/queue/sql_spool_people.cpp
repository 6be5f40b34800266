#include "maild/queue/sql_spool.h"

namespace maild::queue
{

std::vector<Message> SqlSpool::list(std::size_t most, MessageId after)
{
    return database_.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT message_id FROM message WHERE message_id > ? ORDER BY message_id LIMIT ?",
                                 after, most);
        std::vector<Message> messages;
        while (auto const row = rows.next()) {
            auto message = read_message(reader, row->integer(0), Body::without);
            message->recipients = read_recipients(reader, message->id);
            messages.push_back(std::move(*message));
        }
        return messages;
    });
}

std::optional<Message> SqlSpool::find(MessageId id)
{
    return database_.read([&](db::Reader& reader) {
        auto message = read_message(reader, id, Body::with);
        if (message) message->recipients = read_recipients(reader, id);
        return message;
    });
}

QueueCounts SqlSpool::counts()
{
    return database_.read([&](db::Reader& reader) {
        QueueCounts counts;
        auto const count = [](std::optional<std::int64_t> value) {
            return static_cast<std::uint64_t>(value.value_or(0));
        };
        counts.messages = count(reader.number("SELECT COUNT(*) FROM message"));
        auto rows = reader.query("SELECT state, COUNT(*) FROM recipient GROUP BY state");
        while (auto const row = rows.next()) {
            auto const state = static_cast<State>(row->integer(0));
            auto& number = state == State::incoming ? counts.incoming
                           : state == State::remote ? counts.remote
                                                    : counts.held;
            number = static_cast<std::uint64_t>(row->integer(1));
        }
        counts.oldest = reader.number("SELECT received FROM message ORDER BY message_id LIMIT 1").value_or(0);
        return counts;
    });
}

bool SqlSpool::retry(MessageId id)
{
    // A held one goes back to where it was, so that what a thread is sending at this moment is not sent twice.
    return database_.run([&](db::Transaction& transaction) {
        bool const was_held =
            transaction.number("SELECT 1 FROM recipient WHERE message_id = ? AND state = 2 LIMIT 1", id).has_value();
        auto const count = transaction.exec("UPDATE recipient SET state = CASE WHEN state <> 2 THEN state WHEN "
                                            "destination <> '' THEN 1 ELSE 0 END, next_try = ? WHERE message_id = ?",
                                            clock_.now(), id);
        if (count > 0)
            trace(transaction, {.message = id, .kind = was_held ? TraceKind::released : TraceKind::retried});
        return count > 0;
    });
}

bool SqlSpool::hold(MessageId id)
{
    return database_.run([&](db::Transaction& transaction) {
        auto const count = transaction.exec("UPDATE recipient SET state = 2 WHERE message_id = ?", id);
        if (count > 0) trace(transaction, {.message = id, .kind = TraceKind::held});
        return count > 0;
    });
}

bool SqlSpool::remove(MessageId id)
{
    auto const removed = database_.run([&](db::Transaction& transaction) {
        auto const file = transaction.number("SELECT body IS NULL FROM message WHERE message_id = ?", id);
        transaction.exec("DELETE FROM recipient WHERE message_id = ?", id);
        transaction.exec("DELETE FROM message WHERE message_id = ?", id);
        if (file) trace(transaction, {.message = id, .kind = TraceKind::deleted});
        return file;
    });
    if (removed == 1) unlink_bodies({id});
    return removed.has_value();
}

} // namespace maild::queue
