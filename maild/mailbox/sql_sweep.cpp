// Opening the store, and its upkeep: bodies without a message, files without a row, old delivery keys.

#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include "appliance/base/file.h"

namespace maild::mailbox
{

namespace
{
/// So many rows per transaction: a sweep never keeps a delivery waiting for long.
constexpr int rows_per_step = 500;

struct Step {
    std::vector<std::string> files; ///< hashes of files whose rows went
    bool is_done = true;
};

/// The oldest released bodies that are due.
std::vector<BodyId> due_bodies(db::Reader& reader, base::Timestamp before)
{
    std::vector<BodyId> bodies;
    auto found = reader.query("SELECT body_id FROM released WHERE since < ? ORDER BY since, mailbox_id, uid LIMIT ?",
                              before, rows_per_step);
    while (auto const row = found.next()) bodies.push_back(row->integer(0));
    return bodies;
}

/// Removes the body's rows when no message refers to it; gives the hash of its file, if it has one.
std::optional<std::string> remove_orphan(db::Transaction& transaction, BodyId body)
{
    if (transaction.number("SELECT 1 FROM message WHERE body_id = ? LIMIT 1", body)) return std::nullopt;
    auto file = transaction.text("SELECT hash FROM body WHERE body_id = ? AND in_file = 1", body);
    transaction.exec("DELETE FROM body_search WHERE body_id = ?", body);
    transaction.exec("DELETE FROM body_text WHERE body_id = ?", body);
    transaction.exec("DELETE FROM body WHERE body_id = ?", body);
    return file;
}

Step sweep_bodies(db::Transaction& transaction, base::Timestamp before)
{
    auto const due = due_bodies(transaction, before);
    Step step;
    step.is_done = due.size() < rows_per_step;
    for (auto const body : due)
        if (auto file = remove_orphan(transaction, body)) step.files.push_back(std::move(*file));
    transaction.exec("DELETE FROM released WHERE (since, mailbox_id, uid) IN (SELECT since, mailbox_id, uid "
                     "FROM released WHERE since < ? ORDER BY since, mailbox_id, uid LIMIT ?)",
                     before, rows_per_step);
    return step;
}

struct Key {
    AccountId account = 0;
    std::string key;
};

std::vector<Key> old_keys(db::Reader& reader, base::Timestamp before)
{
    std::vector<Key> keys;
    auto found =
        reader.query("SELECT account_id, key FROM delivery_key WHERE delivered < ? LIMIT ?", before, rows_per_step);
    while (auto const row = found.next()) keys.push_back({row->integer(0), row->text(1)});
    return keys;
}

/// True: no old key is left.
bool sweep_keys(db::Transaction& transaction, base::Timestamp before)
{
    auto const keys = old_keys(transaction, before);
    for (auto const& old : keys)
        transaction.exec("DELETE FROM delivery_key WHERE account_id = ? AND key = ?", old.account, old.key);
    return keys.size() < rows_per_step;
}

/// True: no reading of a message with a lower origin is left.
bool sweep_readings(db::Transaction& transaction, std::int64_t before)
{
    return transaction.exec("DELETE FROM reading WHERE (origin, account_id) IN (SELECT origin, account_id "
                            "FROM reading WHERE origin < ? ORDER BY origin, account_id LIMIT ?)",
                            before, rows_per_step) < rows_per_step;
}

std::string const& must_make(std::string const& folder)
{
    base::must_make_folders(folder, 0700);
    return folder;
}
} // namespace

SqlMailStore::SqlMailStore(std::string const& folder, StoreSettings settings)
    : folder_(folder),
      settings_(settings),
      blobs_(must_make(folder) + "/blobs", settings.use),
      database_({folder + "/mail.db", "mail"}),
      upkeep_({.database = database_,
               .blobs = blobs_,
               .feed = feed_,
               .clock = settings_.clock,
               .prepare = [this](BodySource const& source) { return prepare(source); },
               .must_have_room = [this] { must_have_room(); }}),
      text_index_(folder + "/text.db"),
      packs_(folder + "/packs.db"),
      text_filler_(database_, *this, text_index_, folder),
      packer_(database_, packs_, folder)
{
    if (settings_.use == BlobStore::Use::owner) {
        text_index_.open();
        packs_.open();
    }
    if (settings_.filling == StoreSettings::Filling::by_hand) return;
    text_filler_.start();
    packer_.start();
}

void SqlMailStore::forget_readings(base::Timestamp before)
{
    constexpr unsigned time_shift = 12; // of the queue's ids
    for (bool done = false; !done;)
        done = database_.run(
            [&](db::Transaction& transaction) { return sweep_readings(transaction, before << time_shift); });
}

void SqlMailStore::sweep()
{
    auto const bodies_before = now() - settings_.body_grace;
    for (bool done = false; !done;) {
        auto const step =
            database_.run([&](db::Transaction& transaction) { return sweep_bodies(transaction, bodies_before); });
        for (auto const& file : step.files) blobs_.doubt(file);
        done = step.is_done;
    }
    auto const is_referenced = [&](std::string const& hash) {
        return database_.read([&](db::Reader& reader) {
            return reader.number("SELECT 1 FROM body WHERE hash = ?", db::Blob{hash}).has_value();
        });
    };
    for (auto const& file : blobs_.take_doubtful())
        if (!blobs_.remove_unless(file, is_referenced)) blobs_.doubt(file);
    auto const keys_before = now() - settings_.key_lifetime;
    for (bool done = false; !done;)
        done = database_.run([&](db::Transaction& transaction) { return sweep_keys(transaction, keys_before); });
    shorten_expunge_logs();
}

std::unique_ptr<MailStore> make_sql_mail_store(std::string const& folder, StoreSettings settings)
{
    return std::make_unique<SqlMailStore>(folder, settings);
}

std::unique_ptr<MailStore> make_sql_mail_store(std::string const& folder)
{
    StoreSettings settings;
    settings.filling = StoreSettings::Filling::background;
    return make_sql_mail_store(folder, settings);
}

std::unique_ptr<MailStore> make_guest_mail_store(std::string const& folder)
{
    return make_sql_mail_store(folder, StoreSettings{.use = BlobStore::Use::guest});
}

} // namespace maild::mailbox
