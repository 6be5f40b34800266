// Who may use a mailbox beside its owner (RFC 4314), and what such readers have read.

#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>
#include <map>

namespace maild::mailbox
{

namespace
{
std::string row_name(AclEntry const& entry) { return (entry.is_negative ? "-" : "") + entry.identifier; }

AclEntry read_entry(std::string_view name, std::int64_t rights)
{
    bool const is_negative = name.starts_with('-');
    return {std::string(name.substr(is_negative ? 1 : 0)), static_cast<Rights>(rights), is_negative};
}

std::vector<AclEntry> read_entries(db::Reader& reader, MailboxId mailbox)
{
    std::vector<AclEntry> entries;
    auto found = reader.query("SELECT identifier, rights FROM acl WHERE mailbox_id = ?", mailbox);
    while (auto const row = found.next()) entries.push_back(read_entry(row->view(0), row->integer(1)));
    return entries;
}

/// Rights given and taken away, until all identifiers are looked at.
struct Sum {
    Rights given = 0;
    Rights taken = 0;

    Rights left() const { return given & ~taken; }
};

void write_entry(db::Transaction& transaction, MailboxId mailbox, AclEntry const& entry)
{
    transaction.exec("DELETE FROM acl WHERE mailbox_id = ? AND identifier = ?", mailbox, row_name(entry));
    if (entry.rights != 0)
        transaction.exec("INSERT INTO acl (mailbox_id, identifier, rights) VALUES (?, ?, ?)", mailbox,
                         row_name(entry), entry.rights);
}

/// Changes what a reader has read; true: it was otherwise before.
bool mark(db::Transaction& transaction, MailboxId mailbox, AccountId reader, Uid uid, MailStore::Seen seen)
{
    if (seen == MailStore::Seen::yes)
        return transaction.exec("INSERT INTO reader_seen (mailbox_id, account_id, uid) VALUES (?, ?, ?) "
                                "ON CONFLICT (mailbox_id, account_id, uid) DO NOTHING",
                                mailbox, reader, uid) > 0;
    return transaction.exec("DELETE FROM reader_seen WHERE mailbox_id = ? AND account_id = ? AND uid = ?", mailbox,
                            reader, uid) > 0;
}
} // namespace

std::vector<AclEntry> SqlMailStore::acl(MailboxId mailbox)
{
    return database_.read([&](db::Reader& reader) { return read_entries(reader, mailbox); });
}

MailboxSharing rows::sharing_of(db::Reader& reader, MailboxId mailbox)
{
    MailboxSharing sharing{read_entries(reader, mailbox), {}, {}};
    auto notes = reader.query("SELECT account_id, entry, value FROM annotation WHERE mailbox_id = ? "
                              "ORDER BY account_id, entry",
                              mailbox);
    while (auto const row = notes.next()) sharing.notes.push_back({row->integer(0), {row->text(1), row->text(2)}});
    auto read = reader.query("SELECT account_id, uid FROM reader_seen WHERE mailbox_id = ? ORDER BY account_id, uid",
                             mailbox);
    while (auto const row = read.next()) {
        if (sharing.read.empty() || sharing.read.back().reader != row->integer(0))
            sharing.read.push_back({row->integer(0), {}});
        sharing.read.back().uids.add(static_cast<Uid>(row->integer(1)));
    }
    return sharing;
}

Refusal SqlMailStore::set_acl(MailboxId mailbox, AclEntry const& entry)
{
    AccountId owner = 0;
    auto const refusal = database_.run([&](db::Transaction& transaction) {
        auto const found = rows::read_mailbox(transaction, mailbox);
        if (!found) return Refusal::missing;
        owner = found->account;
        write_entry(transaction, mailbox, entry);
        auto const count = transaction.number("SELECT COUNT(*) FROM acl WHERE mailbox_id = ?", mailbox).value_or(0);
        if (count <= std::int64_t{acl_entries_max}) return Refusal::none;
        write_entry(transaction, mailbox, {entry.identifier, 0, entry.is_negative});
        return Refusal::too_many;
    });
    if (refusal == Refusal::none) feed_.announce({{owner, mailbox}});
    return refusal;
}

Rights SqlMailStore::rights(MailboxId mailbox, std::span<std::string const> identifiers)
{
    return database_.read([&](db::Reader& reader) {
        Sum sum;
        constexpr std::string_view sql = "SELECT rights FROM acl WHERE mailbox_id = ? AND identifier = ?";
        for (auto const& identifier : identifiers) {
            sum.given |= static_cast<Rights>(reader.number(sql, mailbox, identifier).value_or(0));
            sum.taken |= static_cast<Rights>(reader.number(sql, mailbox, "-" + identifier).value_or(0));
        }
        return sum.left();
    });
}

std::vector<SharedMailbox> SqlMailStore::shared_with(std::span<std::string const> identifiers)
{
    return database_.read([&](db::Reader& reader) {
        std::map<MailboxId, Sum> sums;
        constexpr std::string_view sql = "SELECT mailbox_id, rights FROM acl WHERE identifier = ?";
        for (auto const& identifier : identifiers) {
            auto given = reader.query(sql, identifier);
            while (auto const row = given.next()) sums[row->integer(0)].given |= static_cast<Rights>(row->integer(1));
            auto const negative = "-" + identifier;
            auto taken = reader.query(sql, negative);
            while (auto const row = taken.next()) sums[row->integer(0)].taken |= static_cast<Rights>(row->integer(1));
        }
        std::vector<SharedMailbox> shared;
        for (auto const& [mailbox, sum] : sums) {
            if (sum.left() == 0) continue;
            if (auto found = rows::read_mailbox(reader, mailbox)) shared.push_back({std::move(*found), sum.left()});
        }
        std::sort(shared.begin(), shared.end(), [](auto const& a, auto const& b) {
            return std::tie(a.mailbox.account, a.mailbox.name) < std::tie(b.mailbox.account, b.mailbox.name);
        });
        return shared;
    });
}

void SqlMailStore::ensure_shared(std::string_view name, std::vector<AclEntry> const& entries)
{
    auto const canonical = canonical_name(name);
    if (!canonical || find(shared_account, *canonical)) return;
    database_.run([&](db::Transaction& transaction) {
        if (rows::find_mailbox(transaction, shared_account, *canonical)) return;
        rows::ensure_account(transaction, shared_account, now());
        rows::insert_superiors(transaction, shared_account, *canonical, now());
        auto const mailbox = rows::insert_mailbox(transaction, shared_account, *canonical, SpecialUse::none, now());
        for (auto const& entry : entries) write_entry(transaction, mailbox, entry);
    });
}

void SqlMailStore::offer_subscription(AccountId account, std::string_view name)
{
    auto const canonical = subscribed_name(name);
    if (!canonical) return;
    constexpr std::string_view sql = "SELECT 1 FROM offered WHERE account_id = ? AND name = ?";
    if (database_.read([&](db::Reader& reader) { return reader.number(sql, account, *canonical).has_value(); }))
        return;
    database_.run([&](db::Transaction& transaction) {
        if (transaction.number(sql, account, *canonical)) return;
        rows::ensure_account(transaction, account, now());
        transaction.exec("INSERT INTO offered (account_id, name) VALUES (?, ?)", account, *canonical);
        transaction.exec("INSERT INTO subscription (account_id, name) VALUES (?, ?) "
                         "ON CONFLICT (account_id, name) DO NOTHING",
                         account, *canonical);
    });
}

UidSet SqlMailStore::seen_by(MailboxId mailbox, AccountId reader)
{
    return database_.read([&](db::Reader& transaction) { return rows::seen_by(transaction, mailbox, reader); });
}

MailStore::FlagsStored SqlMailStore::set_seen_by(MailboxId mailbox, AccountId reader, UidSet const& uids, Seen seen)
{
    AccountId owner = 0;
    auto stored = database_.run([&](db::Transaction& transaction) -> FlagsStored {
        auto const found = rows::read_mailbox(transaction, mailbox);
        if (!found) return {};
        owner = found->account;
        FlagsStored result;
        result.now = rows::read_messages(transaction, mailbox, uids);
        auto const modseq = found->highest_modseq + 1;
        for (auto& message : result.now) {
            if (!mark(transaction, mailbox, reader, message.uid, seen)) continue;
            result.modseqs = {modseq};
            message.modseq = modseq;
            transaction.exec("UPDATE message SET modseq = ? WHERE mailbox_id = ? AND uid = ?", modseq, mailbox,
                             message.uid);
        }
        if (!result.modseqs.empty())
            transaction.exec("UPDATE mailbox SET highest_modseq = ? WHERE mailbox_id = ?", modseq, mailbox);
        return result;
    });
    if (!stored.modseqs.empty()) feed_.announce({{owner, mailbox}});
    return stored;
}

MailStore::Usage SqlMailStore::deleted(MailboxId mailbox)
{
    return database_.read([&](db::Reader& reader) {
        auto found = reader.query(
            "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM message WHERE mailbox_id = ? AND (flags & 8) != 0",
            mailbox);
        auto const row = found.next();
        return Usage{static_cast<std::uint64_t>(row->integer(1)), static_cast<std::uint64_t>(row->integer(0))};
    });
}

} // namespace maild::mailbox
