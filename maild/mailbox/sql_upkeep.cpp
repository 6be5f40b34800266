// A view of one account, news of other processes, and when the last check was.

#include "maild/mailbox/sql_upkeep.h"

#include "maild/mailbox/body_reader.h"
#include "maild/mailbox/sql_bodies.h"
#include "maild/mailbox/sql_rows.h"

namespace maild::mailbox
{

namespace
{
class SqlAccountView final : public AccountView
{
public:
    SqlAccountView(db::Reader& reader, BlobStore const& blobs, AccountId account)
        : reader_(reader), blobs_(blobs), account_(account)
    {
    }

    std::vector<Mailbox> mailboxes() override { return rows::mailboxes_of(reader_, account_); }
    std::vector<std::string> subscriptions() override
    {
        std::vector<std::string> names;
        auto found = reader_.query("SELECT name FROM subscription WHERE account_id = ? ORDER BY name", account_);
        while (auto const row = found.next()) names.push_back(row->text(0));
        return names;
    }
    std::vector<MessageInfo> messages(MailboxId mailbox) override
    {
        return rows::read_messages(reader_, mailbox, UidSet::of(UidRange{1, std::numeric_limits<Uid>::max()}));
    }
    MailboxSharing sharing(MailboxId mailbox) override { return rows::sharing_of(reader_, mailbox); }
    std::optional<std::string> read(BodyId body) override { return rows::read_bytes(reader_, blobs_, body); }

private:
    db::Reader& reader_;
    BlobStore const& blobs_;
    AccountId const account_;
};
} // namespace

void SqlUpkeep::view(AccountId account, std::function<void(AccountView&)> const& look)
{
    parts_.database.read([&](db::Reader& reader) {
        SqlAccountView view(reader, parts_.blobs, account);
        look(view);
    });
}

void SqlUpkeep::notice_others()
{
    std::vector<News> news;
    {
        std::lock_guard const lock(known_mutex_);
        std::map<MailboxId, Known> fresh;
        parts_.database.read([&](db::Reader& reader) {
            auto found = reader.query("SELECT mailbox_id, account_id, highest_modseq FROM mailbox");
            while (auto const row = found.next())
                fresh[row->integer(0)] = {row->integer(1), static_cast<ModSeq>(row->integer(2))};
        });
        if (known_) {
            for (auto const& [id, now] : fresh)
                if (auto const old = known_->find(id); old == known_->end() || old->second.modseq != now.modseq)
                    news.push_back({now.account, id});
            for (auto const& [id, old] : *known_)
                if (!fresh.contains(id)) news.push_back({old.account, id});
        }
        known_ = std::move(fresh);
    }
    parts_.feed.announce(news);
}

base::Timestamp SqlUpkeep::last_check()
{
    return parts_.database.read([](db::Reader& reader) {
        return reader.number("SELECT value FROM counter WHERE name = 'checked'").value_or(0);
    });
}

void SqlUpkeep::note_check(base::Timestamp when)
{
    parts_.database.run([&](db::Transaction& transaction) {
        if (transaction.exec("UPDATE counter SET value = ? WHERE name = 'checked'", when) == 0)
            transaction.exec("INSERT INTO counter (name, value) VALUES ('checked', ?)", when);
    });
}

} // namespace maild::mailbox
