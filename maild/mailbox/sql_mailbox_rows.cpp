#include "maild/mailbox/keys.h"
#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"

#include <algorithm>
#include <limits>

namespace maild::mailbox::rows
{

namespace
{
struct Standard {
    std::string_view name;
    SpecialUse use;
};
constexpr Standard standard_mailboxes[] = {{"INBOX", SpecialUse::none},
                                           {"Drafts", SpecialUse::drafts},
                                           {"Sent", SpecialUse::sent},
                                           {"Trash", SpecialUse::trash},
                                           {"Junk", SpecialUse::junk}};

/// Columns in the order of every mailbox query below.
Mailbox read_row(db::Row const& row)
{
    Mailbox mailbox;
    mailbox.id = row.integer(0);
    mailbox.account = row.integer(1);
    mailbox.name = row.text(2);
    mailbox.special_use = static_cast<SpecialUse>(row.integer(3));
    mailbox.uid_validity = static_cast<std::uint32_t>(row.integer(4));
    mailbox.uid_next = static_cast<Uid>(row.integer(5));
    mailbox.highest_modseq = static_cast<ModSeq>(row.integer(6));
    mailbox.messages = static_cast<std::uint32_t>(row.integer(7));
    mailbox.unseen = static_cast<std::uint32_t>(row.integer(8));
    mailbox.size = static_cast<std::uint64_t>(row.integer(9));
    mailbox.recent_from = static_cast<Uid>(row.integer(10));
    mailbox.subscribed = !row.is_null(11);
    return mailbox;
}

std::optional<Mailbox> one(db::Rows rows)
{
    auto const row = rows.next();
    if (!row) return std::nullopt;
    return read_row(*row);
}

} // namespace

std::int64_t next_uid_validity(db::Transaction& transaction, base::Timestamp now)
{
    auto const last = transaction.number("SELECT value FROM counter WHERE name = 'uid_validity'").value_or(0);
    auto const next = std::max(last + 1, now / 1000000);
    if (next > std::numeric_limits<std::uint32_t>::max())
        throw base::StoreError(base::StoreFault::unavailable, "no UIDVALIDITY is left");
    transaction.exec("UPDATE counter SET value = ? WHERE name = 'uid_validity'", next);
    return next;
}
std::optional<MailStore::Usage> account_usage(db::Reader& reader, AccountId account)
{
    auto found = reader.query("SELECT bytes, messages FROM account WHERE account_id = ?", account);
    auto const row = found.next();
    if (!row) return std::nullopt;
    return MailStore::Usage{static_cast<std::uint64_t>(row->integer(0)), static_cast<std::uint64_t>(row->integer(1))};
}

void ensure_account(db::Transaction& transaction, AccountId account, base::Timestamp now)
{
    if (account_usage(transaction, account)) return;
    transaction.exec("INSERT INTO account (account_id, created) VALUES (?, ?)", account, now);
    if (account == shared_account) return; // nobody's INBOX
    for (auto const& standard : standard_mailboxes) {
        insert_mailbox(transaction, account, standard.name, standard.use, now);
        transaction.exec("INSERT INTO subscription (account_id, name) VALUES (?, ?)", account, standard.name);
    }
}

std::vector<Mailbox> mailboxes_of(db::Reader& reader, AccountId account)
{
    auto found = reader.query("SELECT m.mailbox_id, m.account_id, m.name, m.special_use, m.uid_validity, m.uid_next, "
                              "m.highest_modseq, m.messages, m.unseen, m.size, m.recent_from, s.name FROM mailbox m "
                              "LEFT JOIN subscription s ON s.account_id = m.account_id AND s.name = m.name "
                              "WHERE m.account_id = ? ORDER BY m.name",
                              account);
    std::vector<Mailbox> mailboxes;
    while (auto const row = found.next()) mailboxes.push_back(read_row(*row));
    return mailboxes;
}

std::optional<Mailbox> find_mailbox(db::Reader& reader, AccountId account, std::string_view name)
{
    return one(reader.query("SELECT m.mailbox_id, m.account_id, m.name, m.special_use, m.uid_validity, m.uid_next, "
                            "m.highest_modseq, m.messages, m.unseen, m.size, m.recent_from, s.name FROM mailbox m "
                            "LEFT JOIN subscription s ON s.account_id = m.account_id AND s.name = m.name "
                            "WHERE m.account_id = ? AND m.name = ?",
                            account, name));
}

std::optional<Mailbox> read_mailbox(db::Reader& reader, MailboxId mailbox)
{
    return one(reader.query("SELECT m.mailbox_id, m.account_id, m.name, m.special_use, m.uid_validity, m.uid_next, "
                            "m.highest_modseq, m.messages, m.unseen, m.size, m.recent_from, s.name FROM mailbox m "
                            "LEFT JOIN subscription s ON s.account_id = m.account_id AND s.name = m.name "
                            "WHERE m.mailbox_id = ?",
                            mailbox));
}

MailboxId insert_mailbox(db::Transaction& transaction, AccountId account, std::string_view name, SpecialUse use,
                         base::Timestamp now)
{
    MailboxId const id = new_key();
    transaction.exec("INSERT INTO mailbox (mailbox_id, account_id, name, special_use, uid_validity, created) "
                     "VALUES (?, ?, ?, ?, ?, ?)",
                     id, account, name, static_cast<int>(use), next_uid_validity(transaction, now), now);
    // RFC 4314 5.1.1: who may use a mailbox may use what is made below it.
    if (auto const slash = name.rfind('/'); slash != std::string_view::npos)
        transaction.exec(
            "INSERT INTO acl (mailbox_id, identifier, rights) SELECT ?, a.identifier, a.rights FROM acl a "
            "JOIN mailbox m ON m.mailbox_id = a.mailbox_id WHERE m.account_id = ? AND m.name = ?",
            id, account, name.substr(0, slash));
    return id;
}

void insert_superiors(db::Transaction& transaction, AccountId account, std::string_view name, base::Timestamp now)
{
    for (auto const& superior : superiors(name))
        if (!find_mailbox(transaction, account, superior))
            insert_mailbox(transaction, account, superior, SpecialUse::none, now);
}

} // namespace maild::mailbox::rows
