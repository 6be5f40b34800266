// Reading for a selected mailbox: what it is like, which UIDs it has, what has changed.

#include "appliance/base/text.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// How many messages from the end SELECT looks at for the first unseen one.
constexpr std::uint32_t looked_at_for_unseen = 1000;

std::vector<std::string> read_keywords(db::Reader& reader, MailboxId mailbox)
{
    std::vector<std::string> keywords;
    auto found = reader.query("SELECT spelling FROM keyword WHERE mailbox_id = ? ORDER BY folded", mailbox);
    while (auto const row = found.next()) keywords.push_back(row->text(0));
    return keywords;
}

std::uint32_t count_rows_from(db::Reader& reader, Mailbox const& mailbox, Uid uid)
{
    if (uid <= 1) return mailbox.messages;
    if (uid >= mailbox.uid_next) return 0;
    if (mailbox.messages == mailbox.uid_next - 1) return mailbox.uid_next - uid;
    return static_cast<std::uint32_t>(
        reader.number("SELECT COUNT(*) FROM message WHERE mailbox_id = ? AND uid >= ?", mailbox.id, uid).value_or(0));
}

/// New messages are at the end, so from there until all unseen ones were met.
std::optional<std::uint32_t> find_first_unseen(db::Reader& reader, Mailbox const& mailbox)
{
    if (mailbox.unseen == 0) return std::nullopt;
    if (mailbox.unseen == mailbox.messages) return 1;
    auto found = reader.query("SELECT flags FROM message WHERE mailbox_id = ? ORDER BY uid DESC LIMIT ?", mailbox.id,
                              looked_at_for_unseen);
    auto left = mailbox.unseen;
    for (auto number = mailbox.messages; auto const row = found.next(); --number)
        if ((row->integer(0) & flag_seen) == 0 && --left == 0) return number;
    return std::nullopt;
}

/// All messages that came after the mod-sequence and are there: at the end, because created_modseq grows with the
/// UID.
UidSet read_arrived(db::Reader& reader, MailboxId mailbox, ModSeq modseq)
{
    std::vector<Uid> uids;
    auto found =
        reader.query("SELECT uid, created_modseq FROM message WHERE mailbox_id = ? ORDER BY uid DESC", mailbox);
    for (auto row = found.next(); row && static_cast<ModSeq>(row->integer(1)) > modseq; row = found.next())
        uids.push_back(static_cast<Uid>(row->integer(0)));
    return uids;
}

/// Those of the older ones, which end before `arrived`, that have other flags since.
UidSet read_changed(db::Reader& reader, MailboxId mailbox, ModSeq modseq, UidSet const& arrived,
                    std::span<ModSeq const> own)
{
    std::vector<Uid> uids;
    auto const end = arrived.empty() ? std::numeric_limits<Uid>::max() : arrived.ranges().front().first;
    auto found = reader.query("SELECT uid, modseq FROM message WHERE mailbox_id = ? AND modseq > ? "
                              "AND modseq > created_modseq AND uid < ?",
                              mailbox, modseq, end);
    while (auto const row = found.next()) {
        auto const at = static_cast<ModSeq>(row->integer(1));
        if (std::find(own.begin(), own.end(), at) == own.end()) uids.push_back(static_cast<Uid>(row->integer(0)));
    }
    return uids;
}

/// What is in the mailbox now: what was given out and is not in the log of expunges. Only when that does not fit the
/// counter, the rows themselves are read.
UidSet read_uids(db::Reader& reader, Mailbox const& mailbox)
{
    if (mailbox.uid_next == 1) return {};
    auto const present = UidSet::of({1, mailbox.uid_next - 1}) - rows::read_expunged(reader, mailbox.id, 0);
    if (present.size() == mailbox.messages) return present;
    UidSet uids;
    auto found = reader.query("SELECT uid FROM message WHERE mailbox_id = ? ORDER BY uid", mailbox.id);
    while (auto const row = found.next()) uids.add(static_cast<Uid>(row->integer(0)));
    return uids;
}
} // namespace

std::optional<Overview> SqlMailStore::overview(MailboxId mailbox, Uid recent_from)
{
    return database_.read([&](db::Reader& reader) -> std::optional<Overview> {
        auto found = rows::read_mailbox(reader, mailbox);
        if (!found) return std::nullopt;
        Overview overview;
        overview.keywords = read_keywords(reader, mailbox);
        overview.recent = count_rows_from(reader, *found, recent_from);
        overview.first_unseen = find_first_unseen(reader, *found);
        overview.mailbox = std::move(*found);
        return overview;
    });
}

UidSet SqlMailStore::uids_at(MailboxId mailbox, ModSeq modseq, Uid uid_next)
{
    if (uid_next <= 1) return {};
    return database_.read([&](db::Reader& reader) {
        auto const now = rows::read_mailbox(reader, mailbox);
        if (!now) return UidSet();
        auto const ever = UidSet::of({1, uid_next - 1});
        return (read_uids(reader, *now) | rows::read_expunged(reader, mailbox, modseq)) & ever;
    });
}

std::vector<MessageInfo> SqlMailStore::messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most)
{
    return database_.read([&](db::Reader& reader) { return rows::read_messages(reader, mailbox, uids, from, most); });
}

UidSet SqlMailStore::marked_deleted(MailboxId mailbox)
{
    return database_.read([&](db::Reader& reader) {
        UidSet uids;
        auto found =
            reader.query("SELECT uid FROM message WHERE mailbox_id = ? AND (flags & 8) != 0 ORDER BY uid", mailbox);
        while (auto const row = found.next()) uids.add(static_cast<Uid>(row->integer(0)));
        return uids;
    });
}

std::uint32_t SqlMailStore::count_from(MailboxId mailbox, Uid uid)
{
    return database_.read([&](db::Reader& reader) {
        auto const found = rows::read_mailbox(reader, mailbox);
        return found ? count_rows_from(reader, *found, uid) : 0;
    });
}

Changes SqlMailStore::changes_since(MailboxId mailbox, ModSeq modseq, std::span<ModSeq const> own)
{
    return database_.read([&](db::Reader& reader) {
        Changes changes;
        auto found = rows::read_mailbox(reader, mailbox);
        changes.exists = found.has_value();
        if (!found) return changes;
        changes.mailbox = std::move(*found);
        auto const now = changes.mailbox.highest_modseq;
        if (now <= modseq + own.size()) return changes; // each change takes one: nobody else has changed anything
        changes.arrived = read_arrived(reader, mailbox, modseq);
        changes.changed = read_changed(reader, mailbox, modseq, changes.arrived, own);
        changes.expunged = rows::read_expunged(reader, mailbox, modseq);
        return changes;
    });
}

} // namespace maild::mailbox
