#pragma once
// Reads flags of many messages: as they were packed, with what has changed since, or from the rows.

#include "appliance/db/statement.h"
#include "maild/mailbox/packs/pack_file.h"
#include "maild/mailbox/store.h"

namespace maild::mailbox
{

/// Reads within one snapshot of mail.db. Throws StoreError for that one's sake only.
class FlagReader
{
public:
    FlagReader(packs::PackFile& packs, db::Reader& reader, MailboxId mailbox)
        : packs_(packs), reader_(reader), mailbox_(mailbox)
    {
    }

    /// Calls `take` for every message that is there in the span, by UID.
    void each(UidRange span, packs::TakeFlags const& take);

private:
    /// What has changed in a span since its flags were packed.
    struct Change {
        FlagRow flags;
        std::string keywords;
    };
    struct Changes {
        packs::FlagMoment since;
        std::vector<Change> changed; ///< by UID
        UidSet expunged;
    };
    std::optional<Changes> find_changes(UidRange span);
    std::vector<Change> read_changed(ModSeq since, UidRange span, std::uint32_t most);
    Uid each_packed(Changes const& changes, UidRange span, packs::TakeFlags const& take);
    void each_row(UidRange span, packs::TakeFlags const& take);

    packs::PackFile& packs_;
    db::Reader& reader_;
    MailboxId const mailbox_;
};

} // namespace maild::mailbox
