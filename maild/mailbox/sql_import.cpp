// Messages from elsewhere: each comes in once, and keeps its UID where its mailbox does.

#include "maild/mailbox/flags.h"
#include "maild/mailbox/names.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_upkeep.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// Keys of deliveries are kept for 60 days; those of imports are dated forward, so that they stay a year.
constexpr base::Timestamp longer = base::Timestamp{305} * 24 * 3600 * 1000000;

bool is_known(db::Reader& reader, AccountId account, std::string const& key)
{
    return reader.number("SELECT 1 FROM delivery_key WHERE account_id = ? AND key = ?", account, key).has_value();
}

/// One transaction's worth of messages for one mailbox.
class Importing
{
public:
    Importing(db::Transaction& transaction, Mailbox mailbox, ImportTarget const& target, base::Timestamp now)
        : transaction_(transaction), mailbox_(std::move(mailbox)), target_(target), now_(now)
    {
        keeps_uids_ = target.uid_validity != 0 && mailbox_.uid_validity == target.uid_validity;
        used_ = rows::account_usage(transaction, target.account).value_or(MailStore::Usage{}).bytes;
    }

    /// False: it does not fit.
    bool import(Import const& message, PreparedBody const& body)
    {
        if (target_.quota != 0 && used_ + body.size > target_.quota) return false;
        auto flags = normal(message.flags);
        if (!is_within_limits(flags)) flags.keywords.clear(); // the message counts, not its decoration
        make_uid(message.uid);
        rows::Arrival arrival;
        arrival.add(body.size, flags);
        auto const place = rows::make_place(transaction_, target_.account, mailbox_.id, arrival);
        mailbox_.uid_next = place.first_uid + 1;
        MessageInfo info;
        info.uid = place.first_uid;
        info.body = rows::ensure_body(transaction_, body);
        info.modseq = place.modseq;
        info.size = body.size;
        info.internal_date = message.internal_date;
        info.flags = rows::spelled(transaction_, mailbox_.id, std::move(flags));
        rows::insert_message(transaction_, mailbox_.id, info, now_);
        rows::join_thread(transaction_, target_.account, body.search);
        if (!message.key.empty())
            transaction_.exec("INSERT INTO delivery_key (account_id, key, uid, delivered) VALUES (?, ?, ?, ?)",
                              target_.account, message.key, info.uid, now_ + longer);
        used_ += body.size;
        return true;
    }

    bool has_new_validity() const { return has_new_validity_; }

private:
    /// The next message gets this UID. When new mail has taken it, every client must fetch the mailbox anew, because
    /// a UID that it has seen elsewhere would mean another message here.
    void make_uid(Uid wanted)
    {
        if (!keeps_uids_ || wanted == 0) return;
        if (wanted >= mailbox_.uid_next) {
            rows::skip_uids(transaction_, mailbox_.id, mailbox_.uid_next, wanted);
            transaction_.exec("UPDATE mailbox SET uid_next = ? WHERE mailbox_id = ?", wanted, mailbox_.id);
            return;
        }
        transaction_.exec("UPDATE mailbox SET uid_validity = ? WHERE mailbox_id = ?",
                          rows::next_uid_validity(transaction_, now_), mailbox_.id);
        keeps_uids_ = false;
        has_new_validity_ = true;
    }

    db::Transaction& transaction_;
    Mailbox mailbox_;
    ImportTarget const& target_;
    base::Timestamp const now_;
    std::uint64_t used_ = 0;
    bool keeps_uids_ = false;
    bool has_new_validity_ = false;
};
} // namespace

bool SqlUpkeep::adopt_uids(AccountId account, std::string_view name, std::uint32_t uid_validity)
{
    if (uid_validity == 0) return false;
    return parts_.database.run([&](db::Transaction& transaction) {
        auto const mailbox = rows::find_mailbox(transaction, account, canonical_name(name).value_or(""));
        if (!mailbox) return false;
        if (mailbox->uid_validity == uid_validity) return true;
        bool const is_untouched = mailbox->uid_next == 1 && mailbox->messages == 0;
        if (!is_untouched || transaction.number("SELECT 1 FROM mailbox WHERE uid_validity = ?", uid_validity))
            return false;
        transaction.exec("UPDATE mailbox SET uid_validity = ? WHERE mailbox_id = ?", uid_validity, mailbox->id);
        transaction.exec("UPDATE counter SET value = MAX(value, ?) WHERE name = 'uid_validity'", uid_validity);
        return true;
    });
}

void SqlUpkeep::raise_uid_next(AccountId account, std::string_view name, Uid uid_next)
{
    parts_.database.run([&](db::Transaction& transaction) {
        auto const mailbox = rows::find_mailbox(transaction, account, canonical_name(name).value_or(""));
        if (!mailbox || mailbox->uid_next >= uid_next) return;
        rows::skip_uids(transaction, mailbox->id, mailbox->uid_next, uid_next);
        transaction.exec("UPDATE mailbox SET uid_next = ?, highest_modseq = highest_modseq + 1 WHERE mailbox_id = ?",
                         uid_next, mailbox->id);
    });
}

std::vector<bool> SqlUpkeep::known(AccountId account, std::vector<std::string> const& keys)
{
    return parts_.database.read([&](db::Reader& reader) {
        std::vector<bool> are_known;
        are_known.reserve(keys.size());
        for (auto const& key : keys) are_known.push_back(is_known(reader, account, key));
        return are_known;
    });
}

ImportResult SqlUpkeep::import(ImportTarget const& target, std::vector<Import> const& messages)
{
    parts_.must_have_room();
    std::vector<PreparedBody> bodies;
    for (auto const& message : messages) bodies.push_back(parts_.prepare(message.body));
    std::vector<bool> used;
    std::vector<News> news;
    auto const result = parts_.database.run([&](db::Transaction& transaction) {
        used.assign(messages.size(), false);
        news.clear();
        auto const mailbox = rows::find_mailbox(transaction, target.account, target.mailbox);
        if (!mailbox) return ImportResult{Refusal::missing};
        Importing importing(transaction, *mailbox, target, now());
        ImportResult done;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            if (!messages[i].key.empty() && is_known(transaction, target.account, messages[i].key)) {
                ++done.already;
                continue;
            }
            if (!importing.import(messages[i], bodies[i])) {
                done.refusal = Refusal::over_quota;
                break;
            }
            used[i] = true;
            ++done.imported;
        }
        done.has_new_validity = importing.has_new_validity();
        if (done.imported > 0) news.push_back({target.account, mailbox->id});
        return done;
    });
    for (std::size_t i = 0; i < bodies.size(); ++i)
        if (used[i]) bodies[i].pin.keep();
    parts_.feed.announce(news);
    return result;
}

} // namespace maild::mailbox
