// Flags, copies, moves and expunges.

#include "maild/mailbox/flags.h"
#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// STORE and EXPUNGE of more messages run as several transactions, so that a delivery never waits long behind one.
constexpr std::size_t messages_per_transaction = 4000;

struct Reading {
    Means means;
    base::Timestamp at;
};

/// Only the first time counts, and only of messages that the queue delivered.
void note_reading(db::Transaction& transaction, AccountId account, MessageInfo const& message, Reading const& reading)
{
    if (reading.means == Means::unsaid || message.origin == 0) return;
    transaction.exec("INSERT INTO reading (origin, account_id, at, means) VALUES (?, ?, ?, ?) "
                     "ON CONFLICT (origin, account_id) DO NOTHING",
                     message.origin, account, reading.at, static_cast<int>(reading.means));
}

/// What one STORE wants.
struct FlagWish {
    FlagChange change;
    Flags flags;
    FlagOptions options;
    base::Timestamp now;
};

/// The new flags of the messages in one mailbox; those that may not change go to `failed`.
class FlagStoring
{
public:
    FlagStoring(db::Transaction& transaction, Mailbox const& mailbox, FlagWish const& wish)
        : transaction_(transaction), account_(mailbox.account), mailbox_(mailbox.id), wish_(wish)
    {
    }

    MailStore::FlagsStored store(std::vector<MessageInfo> messages)
    {
        for (auto& message : messages) consider(std::move(message));
        if (changed_.empty()) return std::move(result_);
        auto const modseq = count();
        result_.modseqs = {modseq};
        for (auto const place : changed_) {
            auto& message = result_.now[place];
            message.modseq = modseq;
            transaction_.exec(
                "UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE mailbox_id = ? AND uid = ?",
                message.flags.system, show_keywords(message.flags.keywords), modseq, mailbox_, message.uid);
        }
        return std::move(result_);
    }

    bool is_changed() const { return !changed_.empty(); }

private:
    void consider(MessageInfo message)
    {
        auto flags =
            masked(message.flags, changed(message.flags, wish_.change, wish_.flags), wish_.options.changeable);
        bool const conflict = wish_.options.unchanged_since && message.modseq > *wish_.options.unchanged_since;
        if (conflict || !is_within_limits(flags)) {
            result_.failed.add(message.uid);
            result_.over_limit = result_.over_limit || !conflict;
            return;
        }
        if (wish_.options.known && message.modseq > *wish_.options.known) result_.surprising.add(message.uid);
        if (flags != message.flags) {
            if (flags.system & ~message.flags.system & flag_seen)
                note_reading(transaction_, account_, message, {wish_.options.means, wish_.now});
            if ((flags.system ^ message.flags.system) & flag_seen) unseen_ += flags.system & flag_seen ? -1 : 1;
            message.flags = std::move(flags);
            changed_.push_back(result_.now.size());
        }
        result_.now.push_back(std::move(message));
    }

    ModSeq count()
    {
        transaction_.exec("UPDATE mailbox SET highest_modseq = highest_modseq + 1, unseen = unseen + ? "
                          "WHERE mailbox_id = ?",
                          unseen_, mailbox_);
        return static_cast<ModSeq>(
            transaction_.number("SELECT highest_modseq FROM mailbox WHERE mailbox_id = ?", mailbox_).value_or(0));
    }

    db::Transaction& transaction_;
    AccountId const account_;
    MailboxId const mailbox_;
    FlagWish const& wish_;
    MailStore::FlagsStored result_;
    std::vector<std::size_t> changed_; ///< places in result_.now
    std::int64_t unseen_ = 0;
};

std::uint64_t total_size(std::vector<MessageInfo> const& messages)
{
    std::uint64_t bytes = 0;
    for (auto const& message : messages) bytes += message.size;
    return bytes;
}

/// Where a COPY or MOVE begins and ends.
struct Ends {
    Refusal refusal = Refusal::none;
    Mailbox from = {};
    Mailbox to = {};
};

Ends find_ends(db::Reader& reader, MailboxId source, MailStore::Target const& target)
{
    auto from = rows::read_mailbox(reader, source);
    auto const name = canonical_name(target.name);
    if (!from || !name) return {Refusal::missing};
    auto to = rows::find_mailbox(reader, target.account.value_or(from->account), *name);
    if (!to) return {Refusal::missing};
    return {Refusal::none, std::move(*from), std::move(*to)};
}

/// With the flags that they bring along.
std::vector<MessageInfo> read_for(db::Reader& reader, MailboxId source, UidSet const& uids,
                                  MailStore::Target const& target)
{
    auto messages = rows::read_messages(reader, source, uids);
    auto const seen = target.reader ? rows::seen_by(reader, source, *target.reader) : UidSet();
    for (auto& message : messages) {
        if (target.reader) {
            message.flags.system &= ~std::uint32_t{flag_seen};
            if (seen.contains(message.uid)) message.flags.system |= flag_seen;
        }
        message.flags = masked({}, message.flags, target.kept);
    }
    return messages;
}

bool is_too_much(db::Reader& reader, Mailbox const& to, std::vector<MessageInfo> const& messages, std::uint64_t quota)
{
    auto const used = rows::account_usage(reader, to.account).value_or(MailStore::Usage{}).bytes;
    return quota != 0 && used + total_size(messages) > quota;
}

/// Copies them, and notes their threads where they are new to the account.
rows::Place bring(db::Transaction& transaction, Ends const& ends, std::vector<MessageInfo> const& messages,
                  base::Timestamp now)
{
    if (ends.from.account != ends.to.account)
        for (auto const& message : messages)
            if (auto const index = rows::read_thread_index(transaction, message.body)) // else index_step() does it
                rows::join_thread(transaction, ends.to.account, *index);
    return rows::copy_messages(transaction, ends.to.account, messages, ends.to.id, now);
}

Copied describe(std::vector<MessageInfo> const& messages, rows::Place const& place)
{
    Copied copied{Refusal::none, place.uid_validity, {}, {}};
    for (auto const& message : messages) copied.from.add(message.uid);
    copied.to.add({place.first_uid, place.first_uid + static_cast<Uid>(messages.size() - 1)});
    return copied;
}
} // namespace

MailStore::FlagsStored SqlMailStore::store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change,
                                                 Flags const& flags, FlagOptions const& options)
{
    FlagsStored all;
    for (auto const& piece : uids.pieces(messages_per_transaction)) {
        AccountId account = 0;
        bool is_changed = false;
        auto stored = database_.run([&](db::Transaction& transaction) {
            auto const found = rows::read_mailbox(transaction, mailbox);
            if (!found) return FlagsStored{};
            account = found->account;
            FlagWish wish{change, normal(flags), options, now()};
            if (!options.changeable.keywords) wish.flags.keywords.clear();
            if (change != FlagChange::remove && is_within_limits(wish.flags))
                wish.flags = normal(rows::spelled(transaction, mailbox, std::move(wish.flags)));
            FlagStoring storing(transaction, *found, wish);
            auto result = storing.store(rows::read_messages(transaction, mailbox, piece));
            is_changed = storing.is_changed();
            return result;
        });
        if (is_changed) feed_.announce({{account, mailbox}});
        all.now.insert(all.now.end(), std::make_move_iterator(stored.now.begin()),
                       std::make_move_iterator(stored.now.end()));
        all.failed = all.failed | stored.failed;
        all.surprising = all.surprising | stored.surprising;
        all.over_limit = all.over_limit || stored.over_limit;
        all.modseqs.insert(all.modseqs.end(), stored.modseqs.begin(), stored.modseqs.end());
    }
    return all;
}

Copied SqlMailStore::copy(MailboxId mailbox, UidSet const& uids, Target const& target)
{
    must_have_room();
    std::vector<News> news;
    auto copied = database_.run([&](db::Transaction& transaction) {
        news.clear();
        auto const ends = find_ends(transaction, mailbox, target);
        if (ends.refusal != Refusal::none) return Copied{ends.refusal, 0, {}, {}};
        auto const messages = read_for(transaction, mailbox, uids, target);
        if (messages.empty()) return Copied{Refusal::none, ends.to.uid_validity, {}, {}};
        if (is_too_much(transaction, ends.to, messages, target.quota)) return Copied{Refusal::over_quota, 0, {}, {}};
        news = {{ends.to.account, ends.to.id}};
        return describe(messages, bring(transaction, ends, messages, now()));
    });
    feed_.announce(news);
    return copied;
}

Copied SqlMailStore::move(MailboxId mailbox, UidSet const& uids, Target const& target)
{
    std::vector<News> news;
    auto moved = database_.run([&](db::Transaction& transaction) {
        news.clear();
        auto const ends = find_ends(transaction, mailbox, target);
        if (ends.refusal != Refusal::none) return Copied{ends.refusal, 0, {}, {}};
        auto const messages = read_for(transaction, mailbox, uids, target);
        if (messages.empty()) return Copied{Refusal::none, ends.to.uid_validity, {}, {}};
        bool const stays = ends.from.account == ends.to.account;
        if (!stays && is_too_much(transaction, ends.to, messages, target.quota))
            return Copied{Refusal::over_quota, 0, {}, {}};
        auto const place = bring(transaction, ends, messages, now());
        // As they lie there, not as they were brought along: the counters count the owner's \Seen.
        rows::remove_messages(transaction, ends.from.account, mailbox,
                              rows::read_messages(transaction, mailbox, uids), now());
        news = {{ends.from.account, mailbox}, {ends.to.account, ends.to.id}};
        return describe(messages, place);
    });
    feed_.announce(news);
    return moved;
}

UidSet SqlMailStore::expunge(MailboxId mailbox, UidSet const& uids, Means read_by)
{
    UidSet gone;
    for (auto const& piece : uids.pieces(messages_per_transaction)) {
        AccountId account = 0;
        auto const removed = database_.run([&](db::Transaction& transaction) {
            auto const found = rows::read_mailbox(transaction, mailbox);
            if (!found) return std::vector<MessageInfo>();
            account = found->account;
            auto messages = rows::read_messages(transaction, mailbox, piece);
            if (messages.empty()) return messages;
            for (auto const& message : messages)
                if ((message.flags.system & flag_seen) == 0)
                    note_reading(transaction, account, message, {read_by, now()});
            rows::remove_messages(transaction, account, mailbox, messages, now());
            return messages;
        });
        for (auto const& message : removed) gone.add(message.uid);
        if (!removed.empty()) feed_.announce({{account, mailbox}});
    }
    return gone;
}

/// One transaction, however many they are: RFC 1939 section 6 leaves no middle.
std::size_t SqlMailStore::update_maildrop(MailboxId mailbox, DropUpdate const& update)
{
    std::vector<News> news;
    auto const gone = database_.run([&](db::Transaction& transaction) -> std::size_t {
        news.clear();
        auto const found = rows::read_mailbox(transaction, mailbox);
        if (!found) return 0;
        FlagWish const wish{FlagChange::add, {flag_seen, {}}, {std::nullopt, Means::pop3}, now()};
        FlagStoring storing(transaction, *found, wish);
        storing.store(rows::read_messages(transaction, mailbox, update.read));
        auto removed = rows::read_messages(transaction, mailbox, update.read_and_deleted);
        for (auto const& message : removed)
            if ((message.flags.system & flag_seen) == 0)
                note_reading(transaction, found->account, message, {Means::pop3, now()});
        auto unread = rows::read_messages(transaction, mailbox, update.deleted);
        removed.insert(removed.end(), std::make_move_iterator(unread.begin()), std::make_move_iterator(unread.end()));
        std::sort(removed.begin(), removed.end(), [](auto const& a, auto const& b) { return a.uid < b.uid; });
        if (!removed.empty()) rows::remove_messages(transaction, found->account, mailbox, removed, now());
        if (!removed.empty() || storing.is_changed()) news = {{found->account, mailbox}};
        return removed.size();
    });
    feed_.announce(news);
    return gone;
}

} // namespace maild::mailbox
