// Spool over spool/spool.db and the files of big bodies in spool/body/.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "maild/limits.h"
#include "maild/queue/spool.h"

#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace maild::queue
{

namespace
{
/// A body file without a row is garbage only when nobody can be writing it any more.
constexpr auto garbage_age = std::chrono::hours(2);

/// Made before SQLite does it, so that both mail users may write, whatever the umask of the first.
void make_shared_file(std::string const& path)
{
    base::Fd const file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660));
    if (file && ::fchmod(file.get(), 0660) != 0) base::throw_store_error(path);
}

std::string prepare_folder(std::string const& folder)
{
    for (auto const& path : {folder, folder + "/body"}) {
        if (std::filesystem::is_directory(path)) continue;
        if (auto made = base::make_folders(path, 0770); !made)
            throw base::StoreError(base::StoreFault::unavailable, made.error().line());
        ::chmod(path.c_str(), 02770);
    }
    make_shared_file(folder + "/spool.db");
    return folder;
}

class SqlSpool final : public Spool
{
public:
    SqlSpool(std::string const& folder, base::Clock const& clock)
        : folder_(prepare_folder(folder)),
          clock_(clock),
          database_({folder + "/spool.db", "spool", db::Mode::read_write})
    {
    }

    SpoolBody begin() override { return {new_message_id(clock_.now()), folder_ + "/body"}; }
    bool has_space(std::uint64_t bytes) override;
    void commit(SpoolBody& body, Envelope const& envelope, std::vector<NewRecipient> const& recipients) override;
    std::optional<std::int64_t> room(std::int64_t account) override;

    std::vector<Message> due(base::Timestamp now, std::size_t most) override;
    std::vector<std::string> due_destinations(base::Timestamp now) override;
    std::vector<Message> due_for(std::string_view destination, base::Timestamp now, std::size_t most) override;
    void settle(Settlement& settlement) override;
    void defer_destination(std::string_view destination, base::Timestamp until) override;
    std::vector<Room> rooms() override;
    void publish_room(std::int64_t account, std::optional<std::int64_t> bytes) override;
    void sweep() override;

    std::vector<Message> list(std::size_t most, MessageId after) override;
    std::optional<Message> find(MessageId id) override;
    QueueCounts counts() override;
    bool retry(MessageId id) override;
    bool hold(MessageId id) override;
    bool remove(MessageId id) override;

private:
    void insert(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                std::vector<NewRecipient> const& recipients) const;
    void insert_recipient(db::Transaction& transaction, MessageId message, std::int64_t number,
                          NewRecipient const& recipient, State state, std::string_view destination) const;
    void apply(db::Transaction& transaction, Settlement const& settlement) const;
    /// Removes what has no recipients left; gives those whose body is a file.
    static std::vector<MessageId> remove_finished(db::Transaction& transaction, std::set<MessageId> const& touched);
    void unlink_bodies(std::vector<MessageId> const& messages) const;
    std::string body_file(MessageId id) const { return folder_ + "/body/" + show(id); }

    enum class Body { with, without };
    std::optional<Message> read_message(db::Reader& reader, MessageId id, Body body) const;
    static std::vector<Recipient> read_recipients(db::Reader& reader, MessageId id);
    /// Groups rows (message_id first, then recipient_columns) by message.
    std::vector<Message> group(db::Reader& reader, db::Rows rows) const;

    std::string folder_;
    base::Clock const& clock_;
    db::Database database_;
};

Recipient recipient_from(db::Row const& row, int first)
{
    Recipient recipient;
    recipient.number = static_cast<int>(row.integer(first));
    recipient.address = row.text(first + 1);
    recipient.original = row.text(first + 2);
    recipient.notify = static_cast<unsigned>(row.integer(first + 3));
    recipient.state = static_cast<State>(row.integer(first + 4));
    recipient.destination = row.text(first + 5);
    recipient.next_try = row.integer(first + 6);
    recipient.attempts = static_cast<unsigned>(row.integer(first + 7));
    recipient.last_try = row.integer(first + 8);
    recipient.last_reply = row.text(first + 9);
    recipient.warned = row.integer(first + 10) != 0;
    return recipient;
}

bool SqlSpool::has_space(std::uint64_t bytes)
{
    struct statvfs disk {
    };
    if (::statvfs(folder_.c_str(), &disk) != 0) base::throw_store_error(folder_);
    return disk.f_bavail * disk.f_frsize >= 2 * bytes + limits::spool_reserve;
}

void SqlSpool::commit(SpoolBody& body, Envelope const& envelope, std::vector<NewRecipient> const& recipients)
{
    body.finish();
    database_.run([&](db::Transaction& transaction) { insert(transaction, body, envelope, recipients); });
    body.keep();
}

void SqlSpool::insert(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                      std::vector<NewRecipient> const& recipients) const
{
    auto const blob = body.is_file() ? db::Argument(nullptr) : db::Argument(db::Blob{body.bytes()});
    transaction.exec(
        "INSERT INTO message (message_id, sender, login, received, size, return_path, envelope_id, returns, "
        "smtputf8, eight_bit, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        body.id(), envelope.sender, envelope.login, clock_.now(), body.size(), body.return_path(),
        envelope.envelope_id, static_cast<int>(envelope.returns), envelope.smtputf8, envelope.eight_bit, blob);
    std::int64_t number = 0;
    for (auto const& recipient : recipients)
        insert_recipient(transaction, body.id(), ++number, recipient, State::incoming, "");
}

void SqlSpool::insert_recipient(db::Transaction& transaction, MessageId message, std::int64_t number,
                                NewRecipient const& recipient, State state, std::string_view destination) const
{
    transaction.exec(
        "INSERT INTO recipient (message_id, number, address, original, notify, state, destination, next_try) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        message, number, recipient.address, recipient.original, recipient.notify, static_cast<int>(state),
        destination, clock_.now());
}

std::optional<std::int64_t> SqlSpool::room(std::int64_t account)
{
    return database_.read(
        [&](db::Reader& reader) { return reader.number("SELECT bytes FROM room WHERE account_id = ?", account); });
}

std::vector<Message> SqlSpool::group(db::Reader& reader, db::Rows rows) const
{
    std::vector<Message> messages;
    while (auto const row = rows.next()) {
        auto const id = row->integer(0);
        if (messages.empty() || messages.back().id != id) {
            auto message = read_message(reader, id, Body::with);
            if (!message) continue;
            messages.push_back(std::move(*message));
        }
        messages.back().recipients.push_back(recipient_from(*row, 1));
    }
    return messages;
}

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
                             onward.destination);
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

std::optional<Message> SqlSpool::read_message(db::Reader& reader, MessageId id, Body body) const
{
    constexpr std::string_view with_body =
        "SELECT sender, login, received, size, return_path, envelope_id, returns, smtputf8, eight_bit, body "
        "FROM message WHERE message_id = ?";
    constexpr std::string_view without_body =
        "SELECT sender, login, received, size, return_path, envelope_id, returns, smtputf8, eight_bit "
        "FROM message WHERE message_id = ?";
    auto rows = reader.query(body == Body::with ? with_body : without_body, id);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    Message message;
    message.id = id;
    message.envelope = {row->text(0),         row->text(1),
                        row->text(5),         static_cast<Returns>(row->integer(6)),
                        row->integer(7) != 0, row->integer(8) != 0};
    message.received = row->integer(2);
    message.size = static_cast<std::uint64_t>(row->integer(3));
    message.return_path = static_cast<std::size_t>(row->integer(4));
    if (body == Body::with) {
        if (row->is_null(9))
            message.body.file = body_file(id);
        else
            message.body.bytes = row->text(9);
    }
    return message;
}

std::vector<Recipient> SqlSpool::read_recipients(db::Reader& reader, MessageId id)
{
    auto rows = reader.query("SELECT number, address, original, notify, state, destination, next_try, attempts, "
                             "last_try, last_reply, warned FROM recipient WHERE message_id = ? ORDER BY number",
                             id);
    std::vector<Recipient> recipients;
    while (auto const row = rows.next()) recipients.push_back(recipient_from(*row, 0));
    return recipients;
}

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
        return transaction.exec("UPDATE recipient SET state = CASE WHEN state <> 2 THEN state WHEN destination <> '' "
                                "THEN 1 ELSE 0 END, next_try = ? WHERE message_id = ?",
                                clock_.now(), id) > 0;
    });
}

bool SqlSpool::hold(MessageId id)
{
    return database_.run([&](db::Transaction& transaction) {
        return transaction.exec("UPDATE recipient SET state = 2 WHERE message_id = ?", id) > 0;
    });
}

bool SqlSpool::remove(MessageId id)
{
    auto const removed = database_.run([&](db::Transaction& transaction) {
        auto const file = transaction.number("SELECT body IS NULL FROM message WHERE message_id = ?", id);
        transaction.exec("DELETE FROM recipient WHERE message_id = ?", id);
        transaction.exec("DELETE FROM message WHERE message_id = ?", id);
        return file;
    });
    if (removed == 1) unlink_bodies({id});
    return removed.has_value();
}
} // namespace

std::unique_ptr<Spool> make_sql_spool(std::string const& folder, base::Clock const& clock)
{
    return std::make_unique<SqlSpool>(folder, clock);
}

} // namespace maild::queue
