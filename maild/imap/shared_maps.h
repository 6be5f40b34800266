#pragma once
// The maps of mailboxes at their latest moment, shared by the sessions of this process: five hundred sessions of one
// mailbox keep one map, and the next session does not read it again. A cache: what is not here is read from the
// store.

#include "maild/imap/uid_map.h"

#include <mutex>
#include <optional>
#include <unordered_map>

namespace maild::imap
{

/// All functions may be called from any thread.
class SharedMaps
{
public:
    /// The UIDs that were in the mailbox at exactly this mod-sequence, if somebody has left them here.
    std::optional<UidMap> find(mailbox::MailboxId mailbox, mailbox::ModSeq modseq) const;
    /// Leaves a map here unless there is a later one. Gives the one to go on with: another's when it is the same.
    UidMap share(mailbox::MailboxId mailbox, mailbox::ModSeq modseq, UidMap map);

private:
    struct Item {
        mailbox::ModSeq modseq = 0;
        UidMap map;
    };
    mutable std::mutex mutex_;
    std::unordered_map<mailbox::MailboxId, Item> items_;
    std::size_t runs_ = 0; ///< of all items
};

} // namespace maild::imap
