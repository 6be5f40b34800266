#pragma once
// Packs mailboxes behind the deliveries' back.

#include "maild/mailbox/background.h"
#include "maild/mailbox/packs/flag_packer.h"
#include "maild/mailbox/packs/pack_file.h"

#include <map>

namespace maild::mailbox::packs
{

/// A round looks at every mailbox's next UID, and packs where enough has come since: the last run is made anew until
/// it has run_messages. A full round, at the start and every six hours, also takes out mailboxes that have gone, and
/// begins anew where much was expunged. Flags are packed by flag_packer.h, in the same rounds.
class Packer
{
public:
    static constexpr std::uint32_t run_messages = 2048;

    /// `mail` is mail.db, `folder` is where the packs lie.
    Packer(db::Database& mail, PackFile& packs, std::string folder)
        : mail_(mail), packs_(packs), flags_(mail, packs), folder_(std::move(folder))
    {
    }
    Packer(Packer const&) = delete;
    Packer& operator=(Packer const&) = delete;

    /// Starts the thread, at the lowest priority. It logs its troubles and goes on later.
    void start() { background_.start(); }
    /// One run more, or the flags of a mailbox; true: there is more to do. For the thread, and for tests that want no
    /// thread. Throws StoreError.
    bool step();
    /// The next step compares everything.
    void look_at_all() { is_full_round_due_ = true; }

private:
    struct Due {
        MailboxId mailbox;
        Uid from; ///< everything from here on is packed anew
    };
    void begin_round();
    void compare(FlagPacker::Counters const& now);
    void pack(Due const& due);

    db::Database& mail_;
    PackFile& packs_;
    FlagPacker flags_;
    std::string const folder_;

    bool is_full_round_due_ = true;
    std::int64_t seen_version_ = -1;             ///< of mail.db, when the last round began
    std::map<MailboxId, std::vector<Run>> runs_; ///< what is packed
    std::vector<Due> due_;                       ///< of the round
    std::vector<MailboxId> flags_due_;           ///< the same, for flags

    Background background_{{.step = [this] { return step(); },
                            .look_at_all = [this] { look_at_all(); },
                            .waits = "packing-waits",
                            .goes_on = "packing-goes-on"}};
};

} // namespace maild::mailbox::packs
