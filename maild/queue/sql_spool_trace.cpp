// The trace's rows: written inside the transactions of the other sql_spool files. Reading: sql_trace_reader.cpp.

#include "maild/limits.h"
#include "maild/queue/sql_spool.h"

#include <atomic>

namespace maild::queue
{

namespace
{
/// So many rows per transaction: upkeep never keeps an accepted mail waiting for long.
constexpr int rows_per_step = 500;
constexpr base::Timestamp answers_kept = base::Timestamp{61} * 24 * 3600 * 1000000; ///< no pause is longer

std::string_view cut(std::string_view text) { return text.substr(0, limits::trace_text); }

/// The time in an id. Event ids grow within a process; of another process is at most another person's command.
std::int64_t id_at(base::Timestamp when) { return when << trace_id_bits; }

std::int64_t new_event_id(base::Timestamp now)
{
    static std::atomic<std::int64_t> last = 0;
    auto before = last.load();
    auto id = id_at(now);
    do {
        if (id <= before) id = before + 1;
    } while (!last.compare_exchange_weak(before, id));
    return id;
}
} // namespace

void SqlSpool::trace_arrival(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                             std::vector<NewRecipient> const& recipients) const
{
    auto const& arrival = envelope.arrival;
    transaction.exec("INSERT INTO traced (message_id, accepted, sender, login, recipients, size, header_id, peer, "
                     "hello, protocol, tls, about) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     body.id(), clock_.now(), envelope.sender, envelope.login, lines_of(recipients), body.size(),
                     cut(arrival.header_id), arrival.peer, cut(arrival.hello), arrival.protocol, arrival.tls,
                     arrival.about);
}

void SqlSpool::trace(db::Transaction& transaction, TraceEvent const& event) const
{
    transaction.exec("INSERT INTO event (message_id, event_id, kind, recipient, place, status, reply, next_try) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     event.message, new_event_id(clock_.now()), static_cast<int>(event.kind), event.recipient,
                     event.place, event.status, cut(event.reply), event.next_try);
}

std::vector<LoginUse> SqlSpool::use_since(base::Timestamp since, std::string_view login)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<LoginUse> uses;
        auto rows = reader.query("SELECT login, COUNT(*), SUM(1 + length(recipients) - "
                                 "length(replace(recipients, char(10), ''))) FROM traced WHERE message_id >= ? AND "
                                 "about = 0 AND login <> '' AND (? = '' OR login = ?) GROUP BY login ORDER BY 2 DESC",
                                 id_at(since), login, login);
        while (auto const row = rows.next())
            uses.push_back({row->text(0), static_cast<std::uint64_t>(row->integer(1)),
                            static_cast<std::uint64_t>(row->integer(2))});
        return uses;
    });
}

void SqlSpool::note_refused(std::vector<RefusedMail> const& refused)
{
    if (refused.empty()) return;
    database_.run([&](db::Transaction& transaction) {
        for (auto const& one : refused)
            transaction.exec("INSERT INTO refused (refused_id, last, count, peer, hello, login, sender, recipient, "
                             "reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             new_event_id(one.first), one.last, one.count, one.peer, cut(one.hello), one.login,
                             cut(one.sender), cut(one.recipient), cut(one.reply));
    });
}

namespace
{
/// The oldest traced messages that have left the queue.
std::vector<MessageId> old_messages(db::Reader& reader, std::int64_t before)
{
    std::vector<MessageId> old;
    auto rows = reader.query("SELECT message_id FROM traced t WHERE message_id < ? AND NOT EXISTS "
                             "(SELECT 1 FROM message m WHERE m.message_id = t.message_id) "
                             "ORDER BY message_id LIMIT ?",
                             before, rows_per_step);
    while (auto const row = rows.next()) old.push_back(row->integer(0));
    return old;
}

/// True: nothing old is left.
bool forget_some(db::Transaction& transaction, std::int64_t before)
{
    auto const old = old_messages(transaction, before);
    for (auto const id : old) {
        transaction.exec("DELETE FROM event WHERE message_id = ?", id);
        transaction.exec("DELETE FROM traced WHERE message_id = ?", id);
    }
    auto const refused = transaction.exec("DELETE FROM refused WHERE refused_id IN (SELECT refused_id FROM refused "
                                          "WHERE refused_id < ? ORDER BY refused_id LIMIT ?)",
                                          before, rows_per_step);
    return old.size() < rows_per_step && refused < rows_per_step;
}
} // namespace

void SqlSpool::forget_trace(base::Timestamp before)
{
    // More refusals than are kept: everything up to the newest that has to go.
    auto const surplus = database_.read([](db::Reader& reader) {
        return reader.number("SELECT refused_id FROM refused ORDER BY refused_id DESC LIMIT 1 OFFSET ?",
                             limits::trace_refusals);
    });
    if (surplus)
        for (bool done = false; !done;)
            done = database_.run([&](db::Transaction& transaction) {
                return transaction.exec("DELETE FROM refused WHERE refused_id IN (SELECT refused_id FROM refused "
                                        "WHERE refused_id <= ? ORDER BY refused_id LIMIT ?)",
                                        *surplus, rows_per_step) < rows_per_step;
            });
    for (bool done = false; !done;)
        done = database_.run([&](db::Transaction& transaction) { return forget_some(transaction, id_at(before)); });
    database_.run([&](db::Transaction& transaction) {
        transaction.exec("DELETE FROM answered WHERE answered < ?", clock_.now() - answers_kept);
    });
}

} // namespace maild::queue
