// Mending what a check found. Nothing that is left of a message is thrown away: where its bytes are gone, a message
// with its header and an explanation takes its place, under a new UID, because the bytes of a UID never change.

#include "appliance/base/text.h"
#include "maild/mailbox/flags.h"
#include "maild/mailbox/sql_bodies.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_upkeep.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// What can be kept of a header when the body is another one.
constexpr std::string_view kept_fields[] = {"from",    "sender",     "reply-to",    "to",         "cc",      "date",
                                            "subject", "message-id", "in-reply-to", "references", "received"};

bool is_kept(std::string_view line)
{
    auto const name = base::lower(base::trim(line.substr(0, line.find(':'))));
    return std::find(std::begin(kept_fields), std::end(kept_fields), name) != std::end(kept_fields);
}

/// The header's kept fields with their folded lines, then the explanation as a text.
std::string explain(std::string_view header, std::string const& explanation)
{
    std::string message;
    bool kept = false;
    for (auto line : base::split(header, '\n')) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty()) continue;
        bool const is_folded = line.front() == ' ' || line.front() == '\t';
        if (!is_folded) kept = line.find(':') != std::string_view::npos && is_kept(line);
        if (kept) message += std::string(line) + "\r\n";
    }
    return message +
           "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: 8bit\r\n\r\n" +
           explanation;
}

bool is_of_rows(Fault fault)
{
    return fault == Fault::counters || fault == Fault::uid_next || fault == Fault::modseq ||
           fault == Fault::keyword || fault == Fault::special_use || fault == Fault::expunge_log;
}

void recount(db::Transaction& transaction, Mailbox const& mailbox)
{
    auto const id = mailbox.id;
    transaction.exec(
        "UPDATE mailbox SET messages = (SELECT COUNT(*) FROM message WHERE mailbox_id = ?), "
        "unseen = (SELECT COUNT(*) FROM message WHERE mailbox_id = ? AND flags & 1 = 0), "
        "size = (SELECT COALESCE(SUM(size), 0) FROM message WHERE mailbox_id = ?), "
        "uid_next = MAX(uid_next, (SELECT COALESCE(MAX(uid), 0) + 1 FROM message WHERE mailbox_id = ?)), "
        "highest_modseq = MAX(highest_modseq, (SELECT COALESCE(MAX(MAX(modseq, created_modseq)), 0) "
        "FROM message WHERE mailbox_id = ?)) WHERE mailbox_id = ?",
        id, id, id, id, id, id);
}

/// All messages count as new: sessions that have missed something look at each.
void renew_modseqs(db::Transaction& transaction, MailboxId mailbox)
{
    transaction.exec("UPDATE mailbox SET highest_modseq = highest_modseq + 1 WHERE mailbox_id = ?", mailbox);
    transaction.exec("UPDATE message SET modseq = (SELECT highest_modseq FROM mailbox WHERE mailbox_id = ?), "
                     "created_modseq = (SELECT highest_modseq FROM mailbox WHERE mailbox_id = ?) "
                     "WHERE mailbox_id = ?",
                     mailbox, mailbox, mailbox);
}
/// From the rows: a client that asks is told of every UID that is not there.
void renew_expunge_log(db::Transaction& transaction, MailboxId mailbox)
{
    transaction.exec("UPDATE mailbox SET highest_modseq = highest_modseq + 1 WHERE mailbox_id = ?", mailbox);
    transaction.exec("DELETE FROM expunged WHERE mailbox_id = ?", mailbox);
    std::vector<Uid> uids;
    {
        auto found = transaction.query("SELECT uid FROM message WHERE mailbox_id = ? ORDER BY uid", mailbox);
        while (auto const row = found.next()) uids.push_back(static_cast<Uid>(row->integer(0)));
    }
    auto const uid_next =
        transaction.number("SELECT uid_next FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(1);
    uids.push_back(static_cast<Uid>(uid_next));
    Uid next = 1;
    for (auto const uid : uids) {
        rows::skip_uids(transaction, mailbox, next, uid);
        next = uid + 1;
    }
}
} // namespace

void SqlUpkeep::repair_mailbox(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings)
{
    auto const has = [&](Fault fault) {
        return std::any_of(findings.begin(), findings.end(), [&](auto const& one) { return one.fault == fault; });
    };
    if (std::any_of(findings.begin(), findings.end(), [](auto const& one) { return is_of_rows(one.fault); })) {
        parts_.database.run([&](db::Transaction& transaction) {
            recount(transaction, mailbox);
            if (has(Fault::expunge_log)) renew_expunge_log(transaction, mailbox.id);
            if (has(Fault::modseq)) renew_modseqs(transaction, mailbox.id);
            if (has(Fault::special_use))
                transaction.exec("UPDATE mailbox SET special_use = 0 WHERE mailbox_id = ?", mailbox.id);
            for (auto const& finding : findings)
                if (finding.fault == Fault::keyword)
                    rows::spelled(transaction, mailbox.id, Flags{0, {finding.detail}});
        });
        for (auto& finding : findings) finding.repaired = finding.repaired || is_of_rows(finding.fault);
    }
    for (auto& finding : findings)
        if (finding.uid != 0) finding.repaired = replace_message(mailbox, finding, options.explanation);
    parts_.feed.announce({{mailbox.account, mailbox.id}});
}

bool SqlUpkeep::replace_message(Mailbox const& mailbox, Finding const& finding, std::string const& explanation)
{
    struct Left {
        std::optional<MessageInfo> message;
        std::string header;
        std::optional<std::string> bytes;
    };
    auto const left = parts_.database.read([&](db::Reader& reader) {
        Left what;
        auto messages = rows::read_messages(reader, mailbox.id, {{finding.uid, finding.uid}});
        if (messages.empty()) return what;
        what.message = std::move(messages.front());
        what.header = reader.text("SELECT header FROM body WHERE body_id = ?", what.message->body).value_or("");
        if (finding.fault == Fault::wrong_bytes)
            what.bytes = rows::read_bytes(reader, parts_.blobs, what.message->body);
        return what;
    });
    if (!left.message) return true; // it was removed meanwhile
    // Other bytes than those that came may still be most of the message: they stay, under their own hash.
    bool const is_usable = left.bytes && !left.bytes->empty();
    BodySource const source{is_usable ? *left.bytes : explain(left.header, explanation)};
    auto body = parts_.prepare(source);
    parts_.database.run([&](db::Transaction& transaction) {
        auto const messages = rows::read_messages(transaction, mailbox.id, {{finding.uid, finding.uid}});
        if (messages.empty()) return;
        auto fresh = messages.front();
        rows::Arrival arrival;
        arrival.add(body.size, fresh.flags);
        auto const place = rows::make_place(transaction, mailbox.account, mailbox.id, arrival);
        fresh.uid = place.first_uid;
        fresh.modseq = place.modseq;
        fresh.size = body.size;
        fresh.body = rows::ensure_body(transaction, body);
        rows::insert_message(transaction, mailbox.id, fresh, now());
        rows::remove_messages(transaction, mailbox.account, mailbox.id, messages, now());
    });
    body.pin.keep();
    return true;
}

bool SqlUpkeep::make_inbox(AccountId account)
{
    parts_.database.run([&](db::Transaction& transaction) {
        if (!rows::find_mailbox(transaction, account, "INBOX"))
            rows::insert_mailbox(transaction, account, "INBOX", SpecialUse::none, now());
    });
    return true;
}

bool SqlUpkeep::release_unused()
{
    parts_.database.run([&](db::Transaction& transaction) {
        transaction.exec("INSERT INTO released (since, mailbox_id, uid, body_id) SELECT ?, 0, "
                         "ROW_NUMBER() OVER (ORDER BY body_id), body_id FROM body WHERE NOT EXISTS "
                         "(SELECT 1 FROM message WHERE message.body_id = body.body_id) "
                         "AND body_id NOT IN (SELECT body_id FROM released)",
                         now());
    });
    return true;
}

} // namespace maild::mailbox
