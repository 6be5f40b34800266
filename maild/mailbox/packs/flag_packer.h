#pragma once
// Packs the flags of mailboxes: a part of the packer's round.

#include "maild/mailbox/packs/pack_file.h"

#include <map>

namespace maild::mailbox::packs
{

/// Whether a mailbox with that highest mod-sequence is the one that was packed. False: it was packed later than the
/// reader's snapshot, or mail.db was repaired or came from a copy. created_modseq grows with the UID, so what the
/// last packed message says holds for all. `mail`: of mail.db.
bool is_believable(db::Reader& mail, MailboxId mailbox, FlagMoment const& moment, ModSeq highest);

/// For the packer's thread only. Throws StoreError.
class FlagPacker
{
public:
    FlagPacker(db::Database& mail, PackFile& packs) : mail_(mail), packs_(packs) {}

    /// Before anything else: what lies in the file.
    void look_at_all();
    /// What a round reads of a mailbox.
    struct Counters {
        MailboxId mailbox = 0;
        Uid uid_next = 1;
        std::uint32_t messages = 0;
        ModSeq highest_modseq = 0;
    };
    /// Whether too much has changed for lookups since its flags were packed. `reader`: the counters' snapshot.
    bool is_due(db::Reader& reader, Counters const& now);
    void pack(MailboxId mailbox);
    void forget(MailboxId mailbox) { packed_.erase(mailbox); }

private:
    struct Packed {
        FlagMoment at;
        std::uint32_t messages = 0;
        ModSeq looked_at = 0; ///< nothing was due at this mod-sequence
    };

    db::Database& mail_;
    PackFile& packs_;
    std::map<MailboxId, Packed> packed_;
};

} // namespace maild::mailbox::packs
