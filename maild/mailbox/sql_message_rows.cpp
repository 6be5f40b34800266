#include "appliance/base/text.h"
#include "maild/mailbox/flags.h"
#include "maild/mailbox/sql_rows.h"

#include <algorithm>
#include <limits>

namespace maild::mailbox::rows
{

namespace
{
std::uint32_t seen(Flags const& flags) { return flags.system & flag_seen; }

/// Takes what left out of the counters and gives the mod-sequence of its going.
ModSeq count_departure(db::Transaction& transaction, AccountId account, MailboxId mailbox, Arrival const& gone)
{
    transaction.exec("UPDATE mailbox SET highest_modseq = highest_modseq + 1, messages = messages - ?, "
                     "unseen = unseen - ?, size = size - ? WHERE mailbox_id = ?",
                     gone.count, gone.unseen, gone.bytes, mailbox);
    transaction.exec("UPDATE account SET bytes = bytes - ?, messages = messages - ? WHERE account_id = ?", gone.bytes,
                     gone.count, account);
    return static_cast<ModSeq>(
        transaction.number("SELECT highest_modseq FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0));
}
} // namespace

std::vector<UidRange>::const_iterator near_ranges(std::vector<UidRange>::const_iterator from,
                                                  std::vector<UidRange>::const_iterator end)
{
    constexpr Uid near = 16;
    auto next = std::next(from);
    while (next != end && next->first - std::prev(next)->last <= near) ++next;
    return next;
}

MessageInfo read_message(db::Row const& row)
{
    MessageInfo message;
    message.uid = static_cast<Uid>(row.integer(0));
    message.body = row.integer(1);
    message.modseq = static_cast<ModSeq>(row.integer(2));
    message.size = static_cast<std::uint32_t>(row.integer(3));
    message.internal_date = row.integer(4);
    message.flags.system = static_cast<std::uint32_t>(row.integer(5));
    message.flags.keywords = parse_keywords(row.view(6));
    message.origin = row.integer(7);
    message.saved = row.integer(8);
    return message;
}

std::vector<MessageInfo> read_messages(db::Reader& reader, MailboxId mailbox, UidSet const& uids, Uid from,
                                       std::size_t most)
{
    std::vector<MessageInfo> messages;
    if (most < std::numeric_limits<std::size_t>::max()) messages.reserve(most);
    auto const& ranges = uids.ranges();
    auto range = std::lower_bound(ranges.begin(), ranges.end(), from,
                                  [](UidRange const& one, Uid uid) { return one.last < uid; });
    while (range != ranges.end() && messages.size() < most) {
        auto const span = near_ranges(range, ranges.end());
        auto found = reader.query("SELECT uid, body_id, modseq, size, internal_date, flags, keywords, origin, saved "
                                  "FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid",
                                  mailbox, std::max(range->first, from), std::prev(span)->last);
        for (auto row = found.next(); row && messages.size() < most; row = found.next()) {
            auto const uid = static_cast<Uid>(row->integer(0));
            while (range->last < uid) ++range;
            if (range->first <= uid) messages.push_back(read_message(*row));
        }
        range = span;
    }
    return messages;
}

UidSet read_expunged(db::Reader& reader, MailboxId mailbox, ModSeq modseq)
{
    std::vector<UidRange> ranges;
    auto found =
        reader.query("SELECT first_uid, last_uid FROM expunged WHERE mailbox_id = ? AND modseq > ?", mailbox, modseq);
    while (auto const row = found.next())
        ranges.push_back({static_cast<Uid>(row->integer(0)), static_cast<Uid>(row->integer(1))});
    return UidSet::of(std::move(ranges));
}

UidSet seen_by(db::Reader& reader, MailboxId mailbox, AccountId account)
{
    UidSet uids;
    auto found = reader.query("SELECT uid FROM reader_seen WHERE mailbox_id = ? AND account_id = ? ORDER BY uid",
                              mailbox, account);
    while (auto const row = found.next()) uids.add(static_cast<Uid>(row->integer(0)));
    return uids;
}

void Arrival::add(std::uint64_t size, Flags const& flags)
{
    ++count;
    bytes += size;
    if (!seen(flags)) ++unseen;
}

Place make_place(db::Transaction& transaction, AccountId account, MailboxId mailbox, Arrival const& arrival)
{
    transaction.exec("UPDATE mailbox SET uid_next = uid_next + ?, highest_modseq = highest_modseq + 1, "
                     "messages = messages + ?, unseen = unseen + ?, size = size + ? WHERE mailbox_id = ?",
                     arrival.count, arrival.count, arrival.unseen, arrival.bytes, mailbox);
    transaction.exec("UPDATE account SET bytes = bytes + ?, messages = messages + ? WHERE account_id = ?",
                     arrival.bytes, arrival.count, account);
    auto found =
        transaction.query("SELECT uid_next, highest_modseq, uid_validity FROM mailbox WHERE mailbox_id = ?", mailbox);
    auto const row = found.next();
    if (!row || row->integer(0) > std::numeric_limits<Uid>::max())
        throw base::StoreError(base::StoreFault::unavailable, "the mailbox has no UIDs left");
    return {static_cast<std::uint32_t>(row->integer(2)),
            static_cast<Uid>(row->integer(0) - static_cast<std::int64_t>(arrival.count)),
            static_cast<ModSeq>(row->integer(1))};
}

void insert_message(db::Transaction& transaction, MailboxId mailbox, MessageInfo const& message, base::Timestamp now)
{
    transaction.exec("INSERT INTO message (mailbox_id, uid, body_id, size, internal_date, saved, flags, keywords, "
                     "created_modseq, modseq, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     mailbox, message.uid, message.body, message.size, message.internal_date, now,
                     message.flags.system, show_keywords(message.flags.keywords), message.modseq, message.modseq,
                     message.origin);
}

Place copy_messages(db::Transaction& transaction, AccountId account, std::vector<MessageInfo> const& messages,
                    MailboxId target, base::Timestamp now)
{
    Arrival arrival;
    for (auto const& message : messages) arrival.add(message.size, message.flags);
    auto const place = make_place(transaction, account, target, arrival);
    auto uid = place.first_uid;
    for (auto const& message : messages) {
        auto copy = message;
        copy.uid = uid++;
        copy.modseq = place.modseq;
        copy.flags = spelled(transaction, target, std::move(copy.flags));
        insert_message(transaction, target, copy, now);
    }
    return place;
}

void remove_messages(db::Transaction& transaction, AccountId account, MailboxId mailbox,
                     std::vector<MessageInfo> const& messages, base::Timestamp now)
{
    Arrival gone;
    UidSet uids;
    for (auto const& message : messages) {
        gone.add(message.size, message.flags);
        uids.add(message.uid);
    }
    auto const modseq = count_departure(transaction, account, mailbox, gone);
    for (auto const& range : uids.ranges()) {
        transaction.exec("INSERT INTO released (since, mailbox_id, uid, body_id) SELECT ?, mailbox_id, uid, body_id "
                         "FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ?",
                         now, mailbox, range.first, range.last);
        transaction.exec("DELETE FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ?", mailbox, range.first,
                         range.last);
        transaction.exec("DELETE FROM reader_seen WHERE mailbox_id = ? AND uid BETWEEN ? AND ?", mailbox, range.first,
                         range.last);
        transaction.exec("INSERT INTO expunged (mailbox_id, modseq, first_uid, last_uid) VALUES (?, ?, ?, ?)",
                         mailbox, modseq, range.first, range.last);
    }
}

void skip_uids(db::Transaction& transaction, MailboxId mailbox, Uid next, Uid wanted)
{
    if (next >= wanted) return;
    transaction.exec("INSERT INTO expunged (mailbox_id, modseq, first_uid, last_uid) "
                     "SELECT mailbox_id, highest_modseq, ?, ? FROM mailbox WHERE mailbox_id = ?",
                     next, wanted - 1, mailbox);
}

Flags spelled(db::Transaction& transaction, MailboxId mailbox, Flags flags)
{
    for (auto& keyword : flags.keywords) {
        auto const folded = base::lower(keyword);
        if (auto first =
                transaction.text("SELECT spelling FROM keyword WHERE mailbox_id = ? AND folded = ?", mailbox, folded))
            keyword = std::move(*first);
        else
            transaction.exec("INSERT INTO keyword (mailbox_id, folded, spelling) VALUES (?, ?, ?)", mailbox, folded,
                             keyword);
    }
    return flags;
}

BodyId ensure_body(db::Transaction& transaction, PreparedBody const& body)
{
    if (auto const there = transaction.number("SELECT body_id FROM body WHERE hash = ?", db::Blob{body.hash}))
        return *there;
    transaction.exec("INSERT INTO body (body_id, hash, size, in_file, envelope, body_structure, plain_body, "
                     "header_complete, header, preview) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     body.id, db::Blob{body.hash}, body.size, body.in_file, db::Blob{body.index.envelope},
                     db::Blob{body.index.body_structure}, db::Blob{body.index.plain_body}, body.index.header_complete,
                     db::Blob{body.index.header}, body.index.preview);
    if (!body.in_file)
        transaction.exec("INSERT INTO body_text (body_id, header_bytes, rest) VALUES (?, ?, ?)", body.id,
                         body.header_bytes, db::Blob{body.rest});
    insert_search_index(transaction, body.id, body.search);
    return body.id;
}

} // namespace maild::mailbox::rows
