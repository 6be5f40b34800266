// Accounts, names of mailboxes and subscriptions.

#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// The result of a change of names, and what to tell the sessions.
struct Renamed {
    Refusal refusal = Refusal::none;
    std::vector<News> news = {};
};

std::int64_t count_mailboxes(db::Reader& reader, AccountId account)
{
    return reader.number("SELECT COUNT(*) FROM mailbox WHERE account_id = ?", account).value_or(0);
}

bool has_special_use(db::Reader& reader, AccountId account, SpecialUse use)
{
    if (use == SpecialUse::none) return false;
    return reader
        .number("SELECT 1 FROM mailbox WHERE account_id = ? AND special_use = ?", account, static_cast<int>(use))
        .has_value();
}

/// The mailbox itself (when there is one) and everything below it.
std::vector<Mailbox> family(db::Reader& reader, AccountId account, std::string const& name)
{
    auto all = rows::mailboxes_of(reader, account);
    auto const is_outside = [&](Mailbox const& other) {
        return other.name != name && !other.name.starts_with(name + '/');
    };
    all.erase(std::remove_if(all.begin(), all.end(), is_outside), all.end());
    return all;
}

void delete_mailbox(db::Transaction& transaction, Mailbox const& mailbox, base::Timestamp now)
{
    auto const id = mailbox.id;
    transaction.exec("INSERT INTO released (since, mailbox_id, uid, body_id) SELECT ?, mailbox_id, uid, body_id "
                     "FROM message WHERE mailbox_id = ?",
                     now, id);
    transaction.exec("DELETE FROM message WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM expunged WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM keyword WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM acl WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM reader_seen WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM annotation WHERE mailbox_id = ?", id);
    transaction.exec("DELETE FROM mailbox WHERE mailbox_id = ?", id);
    transaction.exec("UPDATE account SET bytes = bytes - ?, messages = messages - ? WHERE account_id = ?",
                     mailbox.size, mailbox.messages, mailbox.account);
}

/// RFC 9051 6.3.6: INBOX stays, its messages go to the new mailbox, its inferiors are left alone.
Renamed rename_inbox(db::Transaction& transaction, Mailbox const& inbox, std::string const& to, base::Timestamp now)
{
    rows::insert_superiors(transaction, inbox.account, to, now);
    auto const target = rows::insert_mailbox(transaction, inbox.account, to, SpecialUse::none, now);
    auto const messages = rows::read_messages(transaction, inbox.id, UidSet::of({1, inbox.uid_next}));
    if (!messages.empty()) {
        rows::copy_messages(transaction, inbox.account, messages, target, now);
        rows::remove_messages(transaction, inbox.account, inbox.id, messages, now);
    }
    return {Refusal::none, {{inbox.account, inbox.id}, {inbox.account, target}}};
}

Renamed rename_family(db::Transaction& transaction, AccountId account, std::string const& from, std::string const& to,
                      base::Timestamp now)
{
    auto const members = family(transaction, account, from);
    if (members.empty() || members.front().name != from) return {Refusal::missing};
    Renamed renamed;
    rows::insert_superiors(transaction, account, to, now);
    for (auto const& member : members) {
        auto const name = canonical_name(to + member.name.substr(from.size()));
        if (!name) return {Refusal::not_allowed};
        if (rows::find_mailbox(transaction, account, *name)) return {Refusal::exists};
        transaction.exec("UPDATE mailbox SET name = ? WHERE mailbox_id = ?", *name, member.id);
        renamed.news.push_back({account, member.id});
    }
    return renamed;
}

/// Leaves the transaction, which then leaves no trace.
struct Refused {
    Refusal refusal;
};
} // namespace

void SqlMailStore::ensure_account(AccountId account)
{
    auto const is_there = [&](db::Reader& reader) { return rows::account_usage(reader, account).has_value(); };
    if (database_.read(is_there)) return;
    database_.run([&](db::Transaction& transaction) { rows::ensure_account(transaction, account, now()); });
}

std::vector<Mailbox> SqlMailStore::mailboxes(AccountId account)
{
    return database_.read([&](db::Reader& reader) { return rows::mailboxes_of(reader, account); });
}

std::optional<Mailbox> SqlMailStore::find(AccountId account, std::string_view name)
{
    auto const canonical = canonical_name(name);
    if (!canonical) return std::nullopt;
    return database_.read([&](db::Reader& reader) { return rows::find_mailbox(reader, account, *canonical); });
}

Refusal SqlMailStore::create(AccountId account, std::string_view name, SpecialUse use)
{
    // RFC 9051 6.3.4: a separator at the end only announces inferiors.
    if (name.ends_with('/')) name.remove_suffix(1);
    auto const canonical = canonical_name(name);
    if (!canonical) return Refusal::not_allowed;
    MailboxId made = 0;
    auto const refusal = database_.run([&](db::Transaction& transaction) {
        rows::ensure_account(transaction, account, now());
        if (rows::find_mailbox(transaction, account, *canonical)) return Refusal::exists;
        if (has_special_use(transaction, account, use)) return Refusal::not_allowed;
        auto const levels = static_cast<std::int64_t>(superiors(*canonical).size());
        if (count_mailboxes(transaction, account) + levels >= std::int64_t{mailboxes_max}) return Refusal::too_many;
        rows::insert_superiors(transaction, account, *canonical, now());
        made = rows::insert_mailbox(transaction, account, *canonical, use, now());
        return Refusal::none;
    });
    if (refusal == Refusal::none) feed_.announce({{account, made}});
    return refusal;
}

Refusal SqlMailStore::rename(AccountId account, std::string_view from, std::string_view to)
{
    if (to.ends_with('/')) to.remove_suffix(1);
    auto const source = canonical_name(from);
    auto const target = canonical_name(to);
    if (!source) return Refusal::missing;
    if (!target || target->starts_with(*source + '/')) return Refusal::not_allowed;
    try {
        auto const renamed = database_.run([&](db::Transaction& transaction) {
            auto const found = rows::find_mailbox(transaction, account, *source);
            if (!found) throw Refused{Refusal::missing};
            if (rows::find_mailbox(transaction, account, *target)) throw Refused{Refusal::exists};
            auto const levels = static_cast<std::int64_t>(superiors(*target).size());
            if (count_mailboxes(transaction, account) + levels >= std::int64_t{mailboxes_max})
                throw Refused{Refusal::too_many};
            auto result = *source == "INBOX" ? rename_inbox(transaction, *found, *target, now())
                                             : rename_family(transaction, account, *source, *target, now());
            if (result.refusal != Refusal::none) throw Refused{result.refusal};
            return result;
        });
        feed_.announce(renamed.news);
        return Refusal::none;
    } catch (Refused const& refused) { // the way out of a transaction that has already changed something
        return refused.refusal;
    }
}

Refusal SqlMailStore::remove(AccountId account, std::string_view name)
{
    auto const canonical = canonical_name(name);
    if (!canonical) return Refusal::missing;
    if (*canonical == "INBOX") return Refusal::not_allowed;
    auto const gone = database_.run([&](db::Transaction& transaction) {
        auto found = rows::find_mailbox(transaction, account, *canonical);
        if (found) delete_mailbox(transaction, *found, now());
        return found;
    });
    if (!gone) return Refusal::missing;
    feed_.announce({{account, gone->id}});
    return Refusal::none;
}

std::vector<AccountId> SqlMailStore::accounts()
{
    return database_.read([](db::Reader& reader) {
        std::vector<AccountId> all;
        auto rows = reader.query("SELECT account_id FROM account");
        while (auto const row = rows.next()) all.push_back(row->integer(0));
        return all;
    });
}

/// A mailbox at a time: a delivery never waits long behind it. After a crash in the middle it is done again.
void SqlMailStore::remove_account(AccountId account)
{
    for (auto const& mailbox : mailboxes(account)) {
        database_.run([&](db::Transaction& transaction) {
            if (auto const found = rows::read_mailbox(transaction, mailbox.id))
                delete_mailbox(transaction, *found, now());
        });
        feed_.announce({{account, mailbox.id}});
    }
    database_.run([&](db::Transaction& transaction) {
        if (transaction.number("SELECT 1 FROM mailbox WHERE account_id = ? LIMIT 1", account)) return;
        transaction.exec("DELETE FROM subscription WHERE account_id = ?", account);
        transaction.exec("DELETE FROM delivery_key WHERE account_id = ?", account);
        transaction.exec("DELETE FROM thread_member WHERE account_id = ?", account);
        transaction.exec("DELETE FROM offered WHERE account_id = ?", account);
        transaction.exec("DELETE FROM annotation WHERE account_id = ?", account);
        transaction.exec("DELETE FROM reader_seen WHERE account_id = ?", account);
        auto const identifier = "@" + std::to_string(account);
        transaction.exec("DELETE FROM acl WHERE identifier IN (?, ?)", identifier, "-" + identifier);
        transaction.exec("DELETE FROM account WHERE account_id = ?", account);
    });
}

Refusal SqlMailStore::set_subscribed(AccountId account, std::string_view name, bool subscribed)
{
    auto const canonical = subscribed_name(name);
    if (!canonical) return Refusal::not_allowed;
    auto const refusal = database_.run([&](db::Transaction& transaction) {
        rows::ensure_account(transaction, account, now());
        transaction.exec("DELETE FROM subscription WHERE account_id = ? AND name = ?", account, *canonical);
        if (!subscribed) return Refusal::none;
        auto const count =
            transaction.number("SELECT COUNT(*) FROM subscription WHERE account_id = ?", account).value_or(0);
        if (count >= std::int64_t{mailboxes_max}) return Refusal::too_many;
        transaction.exec("INSERT INTO subscription (account_id, name) VALUES (?, ?)", account, *canonical);
        return Refusal::none;
    });
    if (refusal == Refusal::none) feed_.announce({{account, no_mailbox}});
    return refusal;
}

std::vector<std::string> SqlMailStore::subscriptions(AccountId account)
{
    return database_.read([&](db::Reader& reader) {
        auto found = reader.query("SELECT name FROM subscription WHERE account_id = ? ORDER BY name", account);
        std::vector<std::string> names;
        while (auto const row = found.next()) names.push_back(row->text(0));
        return names;
    });
}

MailStore::Usage SqlMailStore::usage(AccountId account)
{
    return database_.read([&](db::Reader& reader) { return rows::account_usage(reader, account).value_or(Usage{}); });
}

MailStore::Subscription SqlMailStore::subscribe(AccountId account, std::function<void(MailboxId)> news)
{
    return feed_.subscribe(account, std::move(news));
}

} // namespace maild::mailbox
