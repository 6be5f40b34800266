#include "maild/queue/sql_spool.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/limits.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace maild::queue
{

namespace
{

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
    recipient.mail_class = static_cast<MailClass>(row.integer(first + 11));
    recipient.deadline = row.integer(first + 12);
    return recipient;
}

/// deliver_by_mode of the table.
int deliver_by_mode(Envelope const& envelope)
{
    if (!envelope.deliver_by) return 0;
    return (envelope.deliver_by->returns ? 1 : 0) + (envelope.deliver_by->trace ? 2 : 0);
}

/// The columns of read_message().
Envelope envelope_from(db::Row const& row)
{
    Envelope envelope{.sender = row.text(0),
                      .login = row.text(1),
                      .envelope_id = row.text(5),
                      .returns = static_cast<Returns>(row.integer(6)),
                      .smtputf8 = row.integer(7) != 0,
                      .sender_verified = row.integer(14) != 0,
                      .body_type = static_cast<BodyType>(row.integer(8)),
                      .priority = static_cast<int>(row.integer(9)),
                      .require_tls = row.integer(10) != 0,
                      .release = row.integer(11)};
    envelope.junk = row.integer(15) != 0;
    auto const mode = row.integer(13);
    if (row.integer(12) != 0) envelope.deliver_by = DeliverBy{row.integer(12), (mode & 1) != 0, (mode & 2) != 0};
    return envelope;
}
} // namespace

SqlSpool::SqlSpool(std::string const& folder, base::Clock const& clock)
    : folder_(prepare_folder(folder)), clock_(clock), database_({folder + "/spool.db", "spool", db::Mode::read_write})
{
}

std::uint64_t SqlSpool::free_bytes() const
{
    struct statvfs disk {
    };
    if (::statvfs(folder_.c_str(), &disk) != 0) base::throw_store_error(folder_);
    return disk.f_bavail * disk.f_frsize;
}

bool SqlSpool::has_space(std::uint64_t bytes) { return free_bytes() >= 2 * bytes + limits::spool_reserve; }
bool SqlSpool::can_settle() { return free_bytes() >= limits::settle_reserve; }

MessageId SqlSpool::commit(SpoolBody& body, Envelope const& envelope, std::vector<NewRecipient> const& recipients)
{
    body.finish();
    auto const id = database_.run([&](db::Transaction& transaction) {
        if (auto const before = committed_before(transaction, envelope)) return *before;
        insert(transaction, body, envelope, recipients);
        return body.id();
    });
    if (id == body.id()) body.keep();
    return id;
}

std::optional<MessageId> SqlSpool::committed_before(db::Transaction& transaction, Envelope const& envelope)
{
    auto const& arrival = envelope.arrival;
    if (arrival.peer != "local" || envelope.login.empty() || arrival.header_id.empty()) return std::nullopt;
    return transaction.number("SELECT message_id FROM traced t WHERE peer = 'local' AND header_id = ? AND login = ? "
                              "AND NOT EXISTS (SELECT 1 FROM event e WHERE e.message_id = t.message_id AND kind = ?) "
                              "LIMIT 1",
                              arrival.header_id, envelope.login, static_cast<int>(TraceKind::deleted));
}

void SqlSpool::insert(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                      std::vector<NewRecipient> const& recipients) const
{
    auto const blob = body.is_file() ? db::Argument(nullptr) : db::Argument(db::Blob{body.bytes()});
    transaction.exec(
        "INSERT INTO message (message_id, sender, login, received, size, return_path, envelope_id, returns, "
        "smtputf8, body_type, priority, require_tls, release, deliver_by, deliver_by_mode, sender_verified, junk, "
        "head, "
        "body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        body.id(), envelope.sender, envelope.login, clock_.now(), body.size(), body.return_path(),
        envelope.envelope_id, static_cast<int>(envelope.returns), envelope.smtputf8,
        static_cast<int>(envelope.body_type), envelope.priority, envelope.require_tls, envelope.release,
        envelope.deliver_by ? envelope.deliver_by->until : 0, deliver_by_mode(envelope), envelope.sender_verified,
        envelope.junk, db::Blob{body.head()}, blob);
    std::int64_t number = 0;
    for (auto const& recipient : recipients) insert_recipient(transaction, envelope, body.id(), ++number, recipient);
    trace_arrival(transaction, body, envelope, recipients);
}

void SqlSpool::insert_recipient(db::Transaction& transaction, Envelope const& envelope, MessageId message,
                                std::int64_t number, NewRecipient const& recipient) const
{
    transaction.exec("INSERT INTO recipient (message_id, number, address, original, notify, next_try, origin, rank) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     message, number, recipient.address, recipient.original, recipient.notify,
                     std::max(clock_.now(), envelope.release), origin_of(envelope), -envelope.priority);
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

std::optional<Message> SqlSpool::read_message(db::Reader& reader, MessageId id, Body body) const
{
    constexpr std::string_view with_body =
        "SELECT sender, login, received, size, return_path, envelope_id, returns, smtputf8, body_type, "
        "priority, require_tls, release, deliver_by, deliver_by_mode, sender_verified, junk, head, body FROM message "
        "WHERE "
        "message_id = ?";
    constexpr std::string_view without_body =
        "SELECT sender, login, received, size, return_path, envelope_id, returns, smtputf8, body_type, "
        "priority, require_tls, release, deliver_by, deliver_by_mode, sender_verified, junk FROM message WHERE "
        "message_id "
        "= ?";
    auto rows = reader.query(body == Body::with ? with_body : without_body, id);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    Message message;
    message.id = id;
    message.envelope = envelope_from(*row);
    message.received = row->integer(2);
    message.size = static_cast<std::uint64_t>(row->integer(3));
    message.return_path = static_cast<std::size_t>(row->integer(4));
    if (body == Body::with) {
        message.body.head = row->text(16);
        if (row->is_null(17))
            message.body.file = body_file(id);
        else
            message.body.bytes = row->text(17);
    }
    return message;
}

std::vector<Recipient> SqlSpool::read_recipients(db::Reader& reader, MessageId id)
{
    auto rows = reader.query("SELECT number, address, original, notify, state, destination, next_try, attempts, "
                             "last_try, last_reply, warned, class, deadline FROM recipient WHERE message_id = ? "
                             "ORDER BY number",
                             id);
    std::vector<Recipient> recipients;
    while (auto const row = rows.next()) recipients.push_back(recipient_from(*row, 0));
    return recipients;
}

std::unique_ptr<Spool> make_sql_spool(std::string const& folder, base::Clock const& clock)
{
    return std::make_unique<SqlSpool>(folder, clock);
}

} // namespace maild::queue
