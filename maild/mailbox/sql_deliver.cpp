// New messages: local delivery and APPEND.

#include "maild/mailbox/flags.h"
#include "maild/mailbox/keys.h"
#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>
#include <sys/statvfs.h>

namespace maild::mailbox
{

namespace
{
bool is_over_quota(db::Reader& reader, AccountId account, std::uint64_t more, std::uint64_t quota)
{
    if (quota == 0) return false;
    auto const used = rows::account_usage(reader, account).value_or(MailStore::Usage{}).bytes;
    return more > quota || used > quota - more;
}

/// The mailbox to deliver into, made where it is missing. An impossible name means INBOX: mail is not lost for it.
MailboxId must_find_or_make(db::Transaction& transaction, Delivery::To const& to, base::Timestamp now)
{
    auto const name = canonical_name(to.mailbox).value_or("INBOX");
    constexpr std::string_view find = "SELECT mailbox_id FROM mailbox WHERE account_id = ? AND name = ?";
    if (auto const there = transaction.number(find, to.account, name)) return *there;
    rows::ensure_account(transaction, to.account, now);
    if (auto const standard = transaction.number(find, to.account, name)) return *standard;
    rows::insert_superiors(transaction, to.account, name, now);
    return rows::insert_mailbox(transaction, to.account, name, SpecialUse::none, now);
}

/// One transaction's worth of deliveries.
class Delivering
{
public:
    Delivering(db::Transaction& transaction, base::Timestamp now) : transaction_(transaction), now_(now) {}

    std::vector<Delivered> deliver(Delivery const& delivery, PreparedBody const& body)
    {
        std::optional<BodyId> body_id; // only a message that really comes in makes a body
        std::vector<Delivered> results;
        for (auto const& to : delivery.to) {
            auto const earlier = earlier_uid(to);
            if (earlier)
                results.push_back({Delivered::Outcome::already, *earlier});
            else if (is_over_quota(transaction_, to.account, body.size, to.quota))
                results.push_back({Delivered::Outcome::over_quota, 0});
            else {
                if (!body_id) body_id = rows::ensure_body(transaction_, body);
                results.push_back({Delivered::Outcome::done, put(delivery, to, body.size, *body_id)});
                rows::join_thread(transaction_, to.account, body.search);
            }
        }
        body_used_.push_back(body_id.has_value());
        return results;
    }

    std::vector<News> take_news() { return std::move(news_); }
    /// By delivery.
    std::vector<bool> take_body_used() { return std::move(body_used_); }

private:
    std::optional<Uid> earlier_uid(Delivery::To const& to)
    {
        if (to.key.empty()) return std::nullopt;
        auto const uid =
            transaction_.number("SELECT uid FROM delivery_key WHERE account_id = ? AND key = ?", to.account, to.key);
        return uid ? std::optional(static_cast<Uid>(*uid)) : std::nullopt;
    }

    Uid put(Delivery const& delivery, Delivery::To const& to, std::uint32_t size, BodyId body)
    {
        auto const mailbox = must_find_or_make(transaction_, to, now_);
        auto const flags = rows::spelled(transaction_, mailbox, normal(to.flags));
        rows::Arrival arrival;
        arrival.add(size, flags);
        auto const place = rows::make_place(transaction_, to.account, mailbox, arrival);
        rows::insert_message(
            transaction_, mailbox,
            {place.first_uid, body, place.modseq, size, delivery.internal_date, flags, delivery.origin}, now_);
        if (!to.key.empty())
            transaction_.exec("INSERT INTO delivery_key (account_id, key, uid, delivered) VALUES (?, ?, ?, ?)",
                              to.account, to.key, place.first_uid, now_);
        news_.push_back({to.account, mailbox});
        return place.first_uid;
    }

    db::Transaction& transaction_;
    base::Timestamp const now_;
    std::vector<News> news_;
    std::vector<bool> body_used_;
};

/// New messages for one mailbox, after their bodies are prepared.
struct Append {
    AccountId account = 0;
    std::string mailbox;
    std::vector<MailStore::NewMessage> const& messages;
    std::vector<PreparedBody> const& bodies;
    std::uint64_t quota = 0;
    std::optional<MailStore::Replaced> replaced = std::nullopt;
};

/// The message that an append replaces, and where it is; none when it went meanwhile.
struct Leaving {
    Mailbox mailbox;
    std::vector<MessageInfo> messages;
};

Leaving find_leaving(db::Reader& reader, std::optional<MailStore::Replaced> const& replaced)
{
    auto mailbox = replaced ? rows::read_mailbox(reader, replaced->mailbox) : std::nullopt;
    if (!mailbox) return {};
    auto messages = rows::read_messages(reader, mailbox->id, UidSet::of({replaced->uid, replaced->uid}));
    return {std::move(*mailbox), std::move(messages)};
}

struct AppendResult {
    std::vector<Appended> appended;
    std::vector<News> news = {};
};

AppendResult refuse(Append const& append, Refusal refusal)
{
    return {std::vector<Appended>(append.messages.size(), Appended{refusal, 0, 0})};
}

AppendResult put_all(db::Transaction& transaction, Append const& append, base::Timestamp now)
{
    auto const mailbox = rows::find_mailbox(transaction, append.account, append.mailbox);
    if (!mailbox) return refuse(append, Refusal::missing);
    rows::Arrival arrival;
    std::vector<Flags> flags;
    for (std::size_t i = 0; i < append.messages.size(); ++i) {
        flags.push_back(normal(append.messages[i].flags));
        if (!is_within_limits(flags.back())) return refuse(append, Refusal::too_many);
        arrival.add(append.bodies[i].size, flags.back());
    }
    auto const leaving = find_leaving(transaction, append.replaced);
    bool const makes_room = !leaving.messages.empty() && leaving.mailbox.account == append.account;
    auto const freed = makes_room ? leaving.messages.front().size : 0;
    if (is_over_quota(transaction, append.account, arrival.bytes - std::min<std::uint64_t>(arrival.bytes, freed),
                      append.quota))
        return refuse(append, Refusal::over_quota);

    AppendResult result;
    auto const place = rows::make_place(transaction, append.account, mailbox->id, arrival);
    auto uid = place.first_uid;
    for (std::size_t i = 0; i < append.messages.size(); ++i) {
        auto const& body = append.bodies[i];
        rows::insert_message(transaction, mailbox->id,
                             {uid, rows::ensure_body(transaction, body), place.modseq, body.size,
                              append.messages[i].internal_date, rows::spelled(transaction, mailbox->id, flags[i])},
                             now);
        rows::join_thread(transaction, append.account, body.search);
        result.appended.push_back({Refusal::none, place.uid_validity, uid++});
    }
    result.news = {{append.account, mailbox->id}};
    if (leaving.messages.empty()) return result;
    rows::remove_messages(transaction, leaving.mailbox.account, leaving.mailbox.id, leaving.messages, now);
    result.news.push_back({leaving.mailbox.account, leaving.mailbox.id});
    return result;
}
} // namespace

void SqlMailStore::must_have_room()
{
    struct statvfs disk {
    };
    if (::statvfs(folder_.c_str(), &disk) != 0) base::throw_store_error(folder_);
    auto const free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free >= settings_.disk_reserve) return;
    // What was removed from the database is free within its file; the rest of the reserve is for the WAL.
    bool const has_wal_room = free >= settings_.disk_reserve / 4;
    if (!has_wal_room || free + database_.reusable_bytes() < settings_.disk_reserve)
        throw base::StoreError(base::StoreFault::full, folder_ + ": too little free space for new messages");
}

PreparedBody SqlMailStore::prepare(BodySource const& source)
{
    return prepare_body(source, new_key(), settings_.small_body, blobs_);
}

std::vector<std::vector<Delivered>> SqlMailStore::deliver(std::vector<Delivery> const& deliveries)
{
    must_have_room();
    std::vector<PreparedBody> bodies;
    for (auto const& delivery : deliveries) bodies.push_back(prepare(delivery.body));
    std::vector<News> news;
    std::vector<bool> body_used;
    auto results = database_.run([&](db::Transaction& transaction) {
        Delivering delivering(transaction, now());
        std::vector<std::vector<Delivered>> all;
        for (std::size_t i = 0; i < deliveries.size(); ++i)
            all.push_back(delivering.deliver(deliveries[i], bodies[i]));
        news = delivering.take_news();
        body_used = delivering.take_body_used();
        return all;
    });
    for (std::size_t i = 0; i < bodies.size(); ++i)
        if (body_used[i]) bodies[i].pin.keep();
    feed_.announce(news);
    return results;
}

Appended SqlMailStore::append(AccountId account, std::string_view mailbox, BodySource const& body, Flags const& flags,
                              base::Timestamp internal_date, std::uint64_t quota)
{
    return append_all(account, mailbox, {{body, flags, internal_date}}, quota, std::nullopt).front();
}

std::vector<Appended> SqlMailStore::append_all(AccountId account, std::string_view mailbox,
                                               std::vector<NewMessage> const& messages, std::uint64_t quota,
                                               std::optional<Replaced> const& replaced)
{
    auto const name = canonical_name(mailbox);
    if (!name || messages.empty()) return std::vector<Appended>(messages.size(), Appended{Refusal::missing, 0, 0});
    must_have_room();
    std::vector<PreparedBody> bodies;
    for (auto const& message : messages) bodies.push_back(prepare(message.body));
    Append const append{account, *name, messages, bodies, quota, replaced};
    auto const result =
        database_.run([&](db::Transaction& transaction) { return put_all(transaction, append, now()); });
    if (!result.news.empty())
        for (auto& body : bodies) body.pin.keep();
    feed_.announce(result.news);
    return result.appended;
}

} // namespace maild::mailbox
