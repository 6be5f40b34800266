#include "maild/mailbox/packs/flag_packer.h"

#include "maild/mailbox/packs/packer.h"

namespace maild::mailbox::packs
{

namespace
{
/// Stops counting where it is certain that they are too many.
std::uint32_t count_changed(db::Reader& reader, MailboxId mailbox, ModSeq since, std::uint32_t allowed)
{
    auto const count = reader.number("SELECT COUNT(*) FROM (SELECT 1 FROM message INDEXED BY message_changed "
                                     "WHERE mailbox_id = ? AND modseq > ? AND modseq > created_modseq LIMIT ?)",
                                     mailbox, since, std::int64_t{allowed} + 1);
    return static_cast<std::uint32_t>(count.value_or(0));
}

/// The flags of a whole mailbox, as packs.
class FlagPackWriter
{
public:
    explicit FlagPackWriter(ModSeq moment) : moment_(moment) {}

    void add(FlagRow const& flags, std::string_view keywords)
    {
        if (writer_.messages() == Packer::run_messages) close(last_);
        writer_.add(flags.uid, pack_flags(flags, keywords, moment_));
        last_ = flags.uid;
        ++messages_;
    }
    /// No message is behind the last one up to this UID.
    std::vector<PackFile::NewFlagPack> take(Uid last)
    {
        if (writer_.messages() > 0) close(last);
        return std::move(packs_);
    }
    std::uint32_t messages() const { return messages_; }

private:
    void close(Uid last)
    {
        auto const messages = writer_.messages();
        packs_.push_back({{next_, last}, messages, compress(writer_.take())});
        writer_ = {};
        next_ = last + 1;
    }

    ModSeq const moment_;
    std::vector<PackFile::NewFlagPack> packs_;
    PackWriter writer_;
    Uid next_ = 1;
    Uid last_ = 0;
    std::uint32_t messages_ = 0;
};
} // namespace

bool is_believable(db::Reader& mail, MailboxId mailbox, FlagMoment const& moment, ModSeq highest)
{
    if (moment.modseq > highest) return false;
    auto const created = mail.number("SELECT created_modseq FROM message WHERE mailbox_id = ? AND uid <= ? "
                                     "ORDER BY uid DESC LIMIT 1",
                                     mailbox, moment.last);
    return created && static_cast<ModSeq>(*created) <= moment.modseq;
}

void FlagPacker::look_at_all()
{
    packed_.clear();
    for (auto const& [mailbox, packed] : packs_.packed_flags()) packed_[mailbox] = {packed.at, packed.messages, 0};
}

bool FlagPacker::is_due(db::Reader& reader, Counters const& now)
{
    auto const found = packed_.find(now.mailbox);
    if (found == packed_.end()) return now.messages >= flags_worth_packing;
    auto& [at, messages, looked_at] = found->second;
    if (now.highest_modseq == looked_at) return false;
    auto const allowed = flag_changes_allowed(now.messages);
    bool const is_mostly_gone = messages > now.messages + now.messages / 8 + allowed;
    bool const has_grown = now.uid_next - 1 > at.last + allowed;
    if (is_mostly_gone || has_grown || !is_believable(reader, now.mailbox, at, now.highest_modseq) ||
        count_changed(reader, now.mailbox, at.modseq, allowed) > allowed)
        return true;
    looked_at = now.highest_modseq;
    return false;
}

void FlagPacker::pack(MailboxId mailbox)
{
    packed_.erase(mailbox);
    Packed packed;
    auto const packs = mail_.read([&](db::Reader& reader) -> std::vector<PackFile::NewFlagPack> {
        auto counters = reader.query("SELECT uid_next, highest_modseq FROM mailbox WHERE mailbox_id = ?", mailbox);
        auto const now = counters.next();
        if (!now) return {};
        packed.at = {static_cast<ModSeq>(now->integer(1)), static_cast<Uid>(now->integer(0) - 1)};
        packed.looked_at = packed.at.modseq;
        FlagPackWriter writer(packed.at.modseq);
        auto found = reader.query(
            "SELECT uid, flags, modseq, keywords FROM message WHERE mailbox_id = ? ORDER BY uid", mailbox);
        while (auto const row = found.next())
            writer.add({static_cast<Uid>(row->integer(0)), static_cast<std::uint32_t>(row->integer(1)),
                        static_cast<ModSeq>(row->integer(2))},
                       row->view(3));
        packed.messages = writer.messages();
        return writer.take(packed.at.last);
    });
    packs_.put_flags(mailbox, packed.at.modseq, packs);
    if (!packs.empty()) packed_[mailbox] = packed;
}

} // namespace maild::mailbox::packs
