#include "maild/mailbox/sql_flags.h"

#include "maild/mailbox/flags.h"
#include "maild/mailbox/packs/flag_packer.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// What was packed may be a little behind when it is read: the packer looks every two seconds.
constexpr std::uint32_t tolerated_packings = 4;

FlagRow flag_row(db::Row const& row)
{
    return {static_cast<Uid>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)),
            static_cast<ModSeq>(row.integer(2))};
}
} // namespace

void FlagReader::each(UidRange span, packs::TakeFlags const& take)
{
    auto told = span.first - 1;
    if (auto const changes = find_changes(span)) told = each_packed(*changes, span, take);
    if (told < span.last) each_row({told + 1, span.last}, take);
}

/// Nothing: the rows are to be read.
std::optional<FlagReader::Changes> FlagReader::find_changes(UidRange span)
{
    if (span.last - span.first < packs::flags_worth_packing) return std::nullopt;
    auto const mailbox = rows::read_mailbox(reader_, mailbox_);
    if (!mailbox || mailbox->messages < packs::flags_worth_packing) return std::nullopt;
    auto const moment = packs_.flag_moment(mailbox_);
    if (!moment || moment->last < span.first ||
        !packs::is_believable(reader_, mailbox_, *moment, mailbox->highest_modseq))
        return std::nullopt;
    Changes changes{*moment, {}, {}};
    if (mailbox->highest_modseq == moment->modseq) return changes;
    auto const allowed = tolerated_packings * packs::flag_changes_allowed(mailbox->messages);
    changes.changed = read_changed(moment->modseq, span, allowed + 1);
    if (changes.changed.size() > allowed) return std::nullopt;
    changes.expunged = rows::read_expunged(reader_, mailbox_, moment->modseq);
    return changes;
}

std::vector<FlagReader::Change> FlagReader::read_changed(ModSeq since, UidRange span, std::uint32_t most)
{
    std::vector<Change> changed;
    auto found = reader_.query("SELECT uid, flags, modseq, keywords FROM message INDEXED BY message_changed "
                               "WHERE mailbox_id = ? AND modseq > ? AND modseq > created_modseq "
                               "AND uid BETWEEN ? AND ? LIMIT ?",
                               mailbox_, since, span.first, span.last, most);
    while (auto const row = found.next()) changed.push_back({flag_row(*row), row->text(3)});
    std::sort(changed.begin(), changed.end(),
              [](Change const& a, Change const& b) { return a.flags.uid < b.flags.uid; });
    return changed;
}

/// Up to which UID everything was told.
Uid FlagReader::each_packed(Changes const& changes, UidRange span, packs::TakeFlags const& take)
{
    auto changed = changes.changed.begin();
    auto gone = changes.expunged.ranges().begin();
    auto const gone_end = changes.expunged.ranges().end();
    auto const tell = [&](FlagRow const& packed, std::string_view keywords) {
        while (gone != gone_end && gone->last < packed.uid) ++gone;
        if (gone != gone_end && gone->first <= packed.uid) return;
        while (changed != changes.changed.end() && changed->flags.uid < packed.uid) ++changed;
        if (changed != changes.changed.end() && changed->flags.uid == packed.uid)
            take(changed->flags, changed->keywords);
        else
            take(packed, keywords);
    };
    return packs_.read_flags(mailbox_, changes.since.modseq, span, tell);
}

void FlagReader::each_row(UidRange span, packs::TakeFlags const& take)
{
    auto found = reader_.query("SELECT uid, flags, modseq, keywords FROM message WHERE mailbox_id = ? "
                               "AND uid BETWEEN ? AND ? ORDER BY uid",
                               mailbox_, span.first, span.last);
    while (auto const row = found.next()) take(flag_row(*row), row->view(3));
}

std::vector<MessageInfo> SqlMailStore::flags_of(MailboxId mailbox, UidSet const& uids)
{
    std::vector<MessageInfo> messages;
    if (uids.empty()) return messages;
    auto const& ranges = uids.ranges();
    UidRange const span{ranges.front().first, uids.last()};
    bool const is_thin = span.last - span.first > 4 * uids.size(); // most of what lies between is not asked
    return database_.read([&](db::Reader& reader) {
        if (is_thin) return rows::read_messages(reader, mailbox, uids);
        auto range = ranges.begin();
        FlagReader(packs_, reader, mailbox).each(span, [&](FlagRow const& flags, std::string_view keywords) {
            while (range->last < flags.uid) ++range;
            if (flags.uid < range->first) return;
            MessageInfo message;
            message.uid = flags.uid;
            message.modseq = flags.modseq;
            message.flags = {flags.system, parse_keywords(keywords)};
            messages.push_back(std::move(message));
        });
        return std::move(messages);
    });
}

std::vector<FlagRow> SqlMailStore::flag_rows(MailboxId mailbox, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<FlagRow> all;
        FlagReader(packs_, reader, mailbox).each(uids, [&](FlagRow const& flags, std::string_view) {
            all.push_back(flags);
        });
        return all;
    });
}

} // namespace maild::mailbox
