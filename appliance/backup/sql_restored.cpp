#include "appliance/backup/sql_restored.h"

#include "appliance/db/database.h"
#include "maild/queue/spool.h"

#include <filesystem>
#include <unistd.h>
#include <vector>

namespace backup
{

namespace
{
/// More than a mailbox gets between two backups.
constexpr int skipped_uids = 10000;
constexpr int skipped_modseqs = 1000000;

void skip_uids(std::string const& path)
{
    db::Database database({path, "mail"});
    database.run([](db::Transaction& transaction) {
        transaction.exec("UPDATE mailbox SET highest_modseq = highest_modseq + ?", skipped_modseqs);
        transaction.exec("INSERT INTO expunged (mailbox_id, modseq, first_uid, last_uid) "
                         "SELECT mailbox_id, highest_modseq, uid_next, uid_next + ? - 1 FROM mailbox "
                         "WHERE uid_next + ? < 4294967295",
                         skipped_uids, skipped_uids);
        transaction.exec("UPDATE mailbox SET uid_next = uid_next + ? "
                         "WHERE uid_next + ? < 4294967295",
                         skipped_uids, skipped_uids);
    });
}

void settle_spool(std::string const& folder)
{
    auto const spool = maild::queue::make_sql_spool(folder);
    maild::queue::Spool::MessageIds gone, held;
    for (maild::queue::MessageId after = 0;;) {
        auto const some = spool->list(1000, after, {});
        if (some.empty()) break;
        after = some.back().id;
        for (auto const& message : some) {
            auto const whole = spool->find(message.id);
            if (!whole) continue;
            bool const is_file = !whole->body.file.empty();
            if (is_file && ::access(whole->body.file.c_str(), F_OK) != 0) gone.push_back(message.id);
            for (auto const& recipient : message.recipients)
                if (recipient.state == maild::queue::State::remote) held.push_back(message.id);
        }
    }
    if (!gone.empty()) spool->remove(gone);
    if (!held.empty()) spool->hold(held);
}
} // namespace

void adapt_restored(std::string const& folder)
{
    if (std::filesystem::exists(folder + "/mail/mail.db")) skip_uids(folder + "/mail/mail.db");
    if (std::filesystem::exists(folder + "/spool/spool.db")) settle_spool(folder + "/spool");
}

} // namespace backup
