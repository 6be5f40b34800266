#include "maild/imap/shared_maps.h"

#include "maild/imap/limits.h"

namespace maild::imap
{

std::optional<UidMap> SharedMaps::find(mailbox::MailboxId mailbox, mailbox::ModSeq modseq) const
{
    std::lock_guard const lock(mutex_);
    auto const found = items_.find(mailbox);
    if (found == items_.end() || found->second.modseq != modseq) return std::nullopt;
    return found->second.map;
}

UidMap SharedMaps::share(mailbox::MailboxId mailbox, mailbox::ModSeq modseq, UidMap map)
{
    if (map.runs() <= 1) return map; // nothing is saved by sharing it
    std::lock_guard const lock(mutex_);
    auto& item = items_[mailbox];
    if (item.modseq == modseq) return item.map;
    if (item.modseq > modseq) return map;
    runs_ += map.runs() - item.map.runs();
    item = {modseq, map};
    while (runs_ > limits::shared_runs && items_.size() > 1) { // any other one: it is read again when it is needed
        auto victim = items_.begin();
        if (victim->first == mailbox) ++victim;
        runs_ -= victim->second.map.runs();
        items_.erase(victim);
    }
    return map;
}

} // namespace maild::imap
