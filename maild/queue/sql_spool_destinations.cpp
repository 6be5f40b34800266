// Mail that waits for other servers: in which order, at which destinations, and what has waited too long.

#include "maild/queue/sql_spool.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
constexpr std::string_view due_recipients =
    "SELECT message_id, number, address, original, notify, state, destination, next_try, attempts, last_try, "
    "last_reply, warned, class, deadline FROM recipient WHERE message_id = ? AND destination = ? AND +state = 1 AND "
    "next_try <= ? ORDER BY number";

/// A destination is looked at from then on, unless it rests.
void wake(db::Transaction& transaction, std::string_view destination, base::Timestamp when)
{
    transaction.exec("INSERT INTO destination (destination, ready) VALUES (?, ?) ON CONFLICT (destination) DO UPDATE "
                     "SET ready = MAX(until, MIN(ready, excluded.ready))",
                     destination, when);
}

/// The first origin behind `after` with something due that is not in work; wraps around once by the caller.
std::optional<std::string> next_origin(db::Reader& reader, std::string_view destination, MailClass mail_class,
                                       std::int64_t rank, std::string_view after, base::Timestamp now)
{
    auto rows = reader.query("SELECT origin FROM recipient WHERE state = 1 AND destination = ? AND class = ? AND "
                             "rank = ? AND origin > ? AND next_try <= ? ORDER BY origin LIMIT 1",
                             destination, static_cast<int>(mail_class), rank, after, now);
    auto const row = rows.next();
    return row ? std::optional(row->text(0)) : std::nullopt;
}
} // namespace

std::vector<std::string> SqlSpool::due_destinations(base::Timestamp now, std::size_t most)
{
    return database_.read([&](db::Reader& reader) {
        auto rows =
            reader.query("SELECT destination FROM destination WHERE ready <= ? ORDER BY ready LIMIT ?", now, most);
        std::vector<std::string> destinations;
        while (auto const row = rows.next()) destinations.push_back(row->text(0));
        return destinations;
    });
}

std::vector<Message> SqlSpool::due_for(std::string_view destination, base::Timestamp now, std::size_t most,
                                       Turn const& turn)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<MessageId> ids;
        for (auto const mail_class : {MailClass::premium, MailClass::standard, MailClass::bulk}) {
            if (turn.only && turn.only != mail_class) continue;
            auto rank = reader.number("SELECT MIN(rank) FROM recipient WHERE state = 1 AND destination = ? AND "
                                      "class = ?",
                                      destination, static_cast<int>(mail_class));
            while (rank && ids.size() < most) {
                take_turns(reader, destination, now, most, turn, mail_class, *rank, ids);
                rank = reader.number("SELECT MIN(rank) FROM recipient WHERE state = 1 AND destination = ? AND "
                                     "class = ? AND rank > ?",
                                     destination, static_cast<int>(mail_class), *rank);
            }
        }
        std::vector<Message> messages;
        for (auto const id : ids) {
            auto some = group(reader, reader.query(due_recipients, id, destination, now));
            std::move(some.begin(), some.end(), std::back_inserter(messages));
        }
        return messages;
    });
}

void SqlSpool::take_turns(db::Reader& reader, std::string_view destination, base::Timestamp now, std::size_t most,
                          Turn const& turn, MailClass mail_class, std::int64_t rank,
                          std::vector<MessageId>& ids) const
{
    // What each sender has, the one behind the last one first.
    std::vector<std::vector<MessageId>> of_origins;
    auto const add = [&](std::string const& origin) {
        auto rows = reader.query("SELECT message_id FROM recipient WHERE state = 1 AND destination = ? AND class = ? "
                                 "AND rank = ? AND origin = ? AND next_try <= ? ORDER BY next_try, message_id",
                                 destination, static_cast<int>(mail_class), rank, origin, now);
        std::vector<MessageId> mine;
        while (mine.size() < most - ids.size()) {
            auto const row = rows.next();
            if (!row) break;
            auto const id = row->integer(0);
            bool const is_known = turn.in_work.count(id) != 0 || std::find(ids.begin(), ids.end(), id) != ids.end() ||
                                  std::find(mine.begin(), mine.end(), id) != mine.end();
            if (!is_known) mine.push_back(id);
        }
        if (!mine.empty()) of_origins.push_back(std::move(mine));
    };
    auto const room = most - ids.size();
    auto origin = next_origin(reader, destination, mail_class, rank, turn.after, now);
    for (; origin && of_origins.size() < room;
         origin = next_origin(reader, destination, mail_class, rank, *origin, now))
        add(*origin);
    if (of_origins.size() < room) { // around the end; the null sender is the first
        add("");
        for (origin = next_origin(reader, destination, mail_class, rank, "", now);
             origin && *origin <= turn.after && of_origins.size() < room;
             origin = next_origin(reader, destination, mail_class, rank, *origin, now))
            add(*origin);
    }
    for (std::size_t round = 0; ids.size() < most; ++round) {
        bool any = false;
        for (auto const& mine : of_origins) {
            if (round >= mine.size() || ids.size() >= most) continue;
            if (std::find(ids.begin(), ids.end(), mine[round]) == ids.end()) ids.push_back(mine[round]);
            any = true;
        }
        if (!any) return;
    }
}

std::vector<Message> SqlSpool::late(base::Timestamp now, std::size_t most)
{
    // Of a destination that rests or a recipient that waits; what is due now is tried first.
    return database_.read([&](db::Reader& reader) {
        return group(reader,
                     reader.query("SELECT r.message_id, r.number, r.address, r.original, r.notify, r.state, "
                                  "r.destination, r.next_try, r.attempts, r.last_try, CASE WHEN r.last_reply = '' "
                                  "THEN COALESCE(d.reply, '') ELSE r.last_reply END, r.warned, r.class, r.deadline "
                                  "FROM recipient r LEFT JOIN destination d ON d.destination = r.destination "
                                  "WHERE r.state = 1 AND r.deadline > 0 AND r.deadline <= ? AND (r.deadline = 1 OR "
                                  "((d.until IS NULL OR d.until <= ? OR d.failures > 0) AND "
                                  "(r.next_try > ? OR d.until > ? OR EXISTS (SELECT 1 FROM message m WHERE "
                                  "m.message_id = r.message_id AND m.deliver_by BETWEEN 1 AND ?)))) "
                                  "ORDER BY r.deadline LIMIT ?",
                                  now, now, now, now, now, most));
    });
}

void SqlSpool::look_later(std::string_view destination)
{
    database_.run([&](db::Transaction& transaction) {
        auto const next = transaction.number(
            "SELECT MIN(next_try) FROM recipient WHERE state = 1 AND destination = ?", destination);
        if (next)
            transaction.exec("UPDATE destination SET ready = MAX(until, ?) WHERE destination = ?", *next,
                             destination);
        else
            transaction.exec("DELETE FROM destination WHERE destination = ?", destination);
    });
}

void SqlSpool::rest(std::vector<std::string> const& destinations, base::Timestamp until, unsigned failures,
                    std::string_view reply)
{
    database_.run([&](db::Transaction& transaction) {
        for (auto const& destination : destinations)
            transaction.exec("UPDATE destination SET ready = MAX(ready, ?), until = ?, failures = ?, reply = ? "
                             "WHERE destination = ?",
                             until, until, failures, reply, destination);
    });
}

std::optional<Resting> SqlSpool::resting(std::string_view destination)
{
    return database_.read([&](db::Reader& reader) -> std::optional<Resting> {
        auto rows = reader.query("SELECT until, failures, reply FROM destination WHERE destination = ? AND until > 0",
                                 destination);
        auto const row = rows.next();
        if (!row) return std::nullopt;
        return Resting{std::string(destination), row->integer(0), static_cast<unsigned>(row->integer(1)),
                       row->text(2)};
    });
}

void SqlSpool::revive(std::string_view destination)
{
    database_.run([&](db::Transaction& transaction) {
        transaction.exec("UPDATE destination SET until = 0, failures = 0, reply = '', ready = ? "
                         "WHERE destination = ? AND until > 0",
                         clock_.now(), destination);
    });
}

std::vector<Resting> SqlSpool::all_resting()
{
    return database_.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT destination, until, failures, reply FROM destination WHERE until > 0");
        std::vector<Resting> all;
        while (auto const row = rows.next())
            all.push_back({row->text(0), row->integer(1), static_cast<unsigned>(row->integer(2)), row->text(3)});
        return all;
    });
}

void SqlSpool::insert_onward(db::Transaction& transaction, Settlement::Onward const& onward,
                             Settlement::BulkRule const& bulk) const
{
    auto const last = transaction.number("SELECT MAX(number) FROM recipient WHERE message_id = ?", onward.message);
    auto const message = read_message(transaction, onward.message, Body::without);
    if (!last || !message) return; // it may have been deleted by hand meanwhile
    auto const& origin = origin_of(message->envelope);
    auto const mail_class = is_bulk(transaction, origin, bulk) ? MailClass::bulk : onward.mail_class;
    transaction.exec("INSERT INTO recipient (message_id, number, address, original, notify, state, destination, "
                     "next_try, origin, class, rank, deadline) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
                     onward.message, *last + 1, onward.recipient.address, onward.recipient.original,
                     onward.recipient.notify, onward.destination, clock_.now(), origin, static_cast<int>(mail_class),
                     -message->envelope.priority, onward.deadline);
    wake(transaction, onward.destination, clock_.now());
}

bool SqlSpool::is_bulk(db::Transaction& transaction, std::string const& origin,
                       Settlement::BulkRule const& bulk) const
{
    if (bulk.most == 0 || origin.empty() || bulk.exempt.count(origin) != 0) return false;
    auto const now = clock_.now();
    auto const window = bulk.window.count();
    base::Timestamp since = now;
    std::int64_t count = 0;
    std::int64_t before = 0;
    {
        auto rows = transaction.query("SELECT since, count, before FROM origin WHERE origin = ?", origin);
        if (auto const row = rows.next(); row && now - row->integer(0) < 2 * window) {
            since = row->integer(0);
            count = row->integer(1);
            before = row->integer(2);
        }
    }
    if (now - since >= window) {
        since += window;
        before = std::exchange(count, 0);
    }
    ++count;
    transaction.exec("INSERT INTO origin (origin, since, count, before) VALUES (?, ?, ?, ?) ON CONFLICT (origin) "
                     "DO UPDATE SET since = excluded.since, count = excluded.count, before = excluded.before",
                     origin, since, count, before);
    // The window slides: of the one before counts the part that it still covers.
    auto const covered = before * (window - (now - since)) / window;
    return static_cast<std::uint64_t>(count + covered) > bulk.most;
}

std::set<std::string> SqlSpool::destinations_of(db::Reader& reader, MessageId id)
{
    auto rows = reader.query(
        "SELECT destination FROM recipient WHERE message_id = ? AND +state = 1 AND destination <> ''", id);
    std::set<std::string> destinations;
    while (auto const row = rows.next()) destinations.insert(row->text(0));
    return destinations;
}

void SqlSpool::wake_destinations(db::Transaction& transaction, MessageId id) const
{
    auto const destinations = destinations_of(transaction, id);
    for (auto const& destination : destinations) {
        transaction.exec("UPDATE destination SET until = 0, failures = 0, reply = '' WHERE destination = ?",
                         destination);
        wake(transaction, destination, clock_.now());
    }
}

} // namespace maild::queue
