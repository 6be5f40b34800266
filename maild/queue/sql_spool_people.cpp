#include "maild/queue/sql_spool.h"

namespace maild::queue
{

namespace
{
/// Ids behind `after`, each way by an index that has them in order or is small.
std::vector<MessageId> selected(db::Reader& reader, Selection const& selection, MessageId after, std::size_t most)
{
    std::vector<MessageId> ids;
    auto rows =
        selection.to_domain.empty()
            ? reader.query("SELECT message_id FROM message WHERE message_id > ? AND (? = '' OR sender = ? OR "
                           "login = ?) ORDER BY message_id LIMIT ?",
                           after, selection.from, selection.from, selection.from, most)
            : reader.query("SELECT DISTINCT r.message_id FROM recipient r JOIN message m USING (message_id) "
                           "WHERE r.state = 1 AND r.destination = ? AND r.message_id > ? AND (? = '' OR m.sender = ? "
                           "OR m.login = ?) ORDER BY r.message_id LIMIT ?",
                           selection.to_domain, after, selection.from, selection.from, selection.from, most);
    while (auto const row = rows.next()) ids.push_back(row->integer(0));
    return ids;
}
} // namespace

std::vector<Message> SqlSpool::list(std::size_t most, MessageId after, Selection const& selection)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<Message> messages;
        for (auto const id : selected(reader, selection, after, most)) {
            auto message = read_message(reader, id, Body::without);
            message->recipients = read_recipients(reader, id);
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
        counts.incoming = count(reader.number("SELECT COUNT(*) FROM recipient WHERE state = 0"));
        counts.held = count(reader.number("SELECT COUNT(*) FROM recipient WHERE state = 2"));
        for (int i = 0; i < 3; ++i) {
            counts.by_class[i] = count(reader.number("SELECT COUNT(*) FROM recipient INDEXED BY recipient_turn WHERE "
                                                     "state = 1 AND class = ?",
                                                     i));
            counts.remote += counts.by_class[i];
        }
        counts.oldest = reader.number("SELECT received FROM message ORDER BY message_id LIMIT 1").value_or(0);
        return counts;
    });
}

namespace
{
/// So many messages a commit: one that changes 100,000 keeps no accepted mail waiting for long.
constexpr std::size_t changes_per_commit = 500;

template <class Change>
std::size_t change_all(db::Database& database, std::vector<MessageId> const& ids, Change const& change)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < ids.size(); at += changes_per_commit)
        count += database.run([&](db::Transaction& transaction) {
            std::size_t changed = 0;
            for (std::size_t i = at; i < std::min(ids.size(), at + changes_per_commit); ++i)
                if (change(transaction, ids[i])) ++changed;
            return changed;
        });
    return count;
}
} // namespace

std::size_t SqlSpool::retry(MessageIds const& ids)
{
    return change_all(database_, ids, [this](auto& transaction, MessageId id) { return retry_one(transaction, id); });
}

std::size_t SqlSpool::hold(MessageIds const& ids)
{
    return change_all(database_, ids, [this](auto& transaction, MessageId id) { return hold_one(transaction, id); });
}

std::size_t SqlSpool::expire(MessageIds const& ids)
{
    return change_all(database_, ids,
                      [this](auto& transaction, MessageId id) { return expire_one(transaction, id); });
}

bool SqlSpool::retry_one(db::Transaction& transaction, MessageId id) const
{
    // A held one goes back to where it was, so that what a thread is sending at this moment is not sent twice.
    bool const was_held =
        transaction.number("SELECT 1 FROM recipient WHERE message_id = ? AND +state = 2 LIMIT 1", id).has_value();
    auto const count = transaction.exec("UPDATE recipient SET state = CASE WHEN state <> 2 THEN state WHEN "
                                        "destination <> '' THEN 1 ELSE 0 END, next_try = ? "
                                        "WHERE message_id = ? AND deadline <> 1",
                                        clock_.now(), id);
    if (count == 0) return false;
    wake_destinations(transaction, id);
    trace(transaction, {.message = id, .kind = was_held ? TraceKind::released : TraceKind::retried});
    return true;
}

bool SqlSpool::hold_one(db::Transaction& transaction, MessageId id) const
{
    auto const count = transaction.exec("UPDATE recipient SET state = 2 WHERE message_id = ?", id);
    if (count > 0) trace(transaction, {.message = id, .kind = TraceKind::held});
    return count > 0;
}

bool SqlSpool::expire_one(db::Transaction& transaction, MessageId id) const
{
    // The queue finds it as late (also what was held or not yet routed) and tells the sender.
    return transaction.exec("UPDATE recipient SET state = 1, deadline = ?, next_try = ? WHERE message_id = ?",
                            give_up, never, id) > 0;
}

std::size_t SqlSpool::remove(MessageIds const& ids)
{
    std::vector<MessageId> files;
    auto const count = change_all(database_, ids, [&](db::Transaction& transaction, MessageId id) {
        auto const file = transaction.number("SELECT body IS NULL FROM message WHERE message_id = ?", id);
        if (!file) return false;
        auto const destinations = destinations_of(transaction, id);
        transaction.exec("DELETE FROM recipient WHERE message_id = ?", id);
        for (auto const& destination : destinations) // that nobody answered there is forgotten with the last mail
            transaction.exec(
                "DELETE FROM destination WHERE destination = ? AND NOT EXISTS (SELECT 1 FROM recipient r "
                "WHERE r.state = 1 AND r.destination = destination.destination)",
                destination);
        transaction.exec("DELETE FROM message WHERE message_id = ?", id);
        trace(transaction, {.message = id, .kind = TraceKind::deleted});
        if (*file == 1) files.push_back(id);
        return true;
    });
    unlink_bodies(files);
    return count;
}

std::vector<WaitingMail> SqlSpool::waiting(std::string_view login, std::size_t most)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<WaitingMail> mails;
        auto rows =
            reader.query("SELECT m.message_id, m.release, COALESCE(t.header_id, '') FROM message m LEFT JOIN "
                         "traced t USING (message_id) WHERE m.login = ? AND m.release > ? ORDER BY m.release, "
                         "m.message_id LIMIT ?",
                         login, clock_.now(), most);
        while (auto const row = rows.next()) mails.push_back({row->integer(0), row->integer(1), row->text(2)});
        return mails;
    });
}

bool SqlSpool::take_back(MessageId id, std::string_view login)
{
    bool is_file = false;
    bool const taken = database_.run([&](db::Transaction& transaction) {
        auto const file =
            transaction.number("SELECT body IS NULL FROM message m WHERE message_id = ?1 AND login = ?2 "
                               "AND release > ?3 AND NOT EXISTS (SELECT 1 FROM recipient r WHERE "
                               "r.message_id = ?1 AND (state = 1 OR attempts > 0 OR next_try <= ?3))",
                               id, login, clock_.now());
        if (!file)
            return transaction
                .number(
                    "SELECT 1 FROM event e JOIN traced t USING (message_id) WHERE e.message_id = ? AND e.kind = ? "
                    "AND e.place = t.login AND t.login = ? LIMIT 1",
                    id, static_cast<int>(TraceKind::deleted), login)
                .has_value();
        transaction.exec("DELETE FROM recipient WHERE message_id = ?", id);
        transaction.exec("DELETE FROM message WHERE message_id = ?", id);
        trace(transaction, {.message = id, .kind = TraceKind::deleted, .place = std::string(login)});
        is_file = *file == 1;
        return true;
    });
    if (is_file) unlink_bodies({id});
    return taken;
}

} // namespace maild::queue
