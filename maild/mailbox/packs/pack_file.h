#pragma once
// The packs in their file, mail/packs.db. Only a cache: what cannot be read is read from mail.db instead. What fills
// it: packer.h.

#include "maild/mailbox/packs/flag_pack.h"
#include "maild/mailbox/packs/pack.h"

#include <functional>
#include <map>
#include <vector>

namespace maild::mailbox::packs
{

/// Neighbouring messages that were packed together, all kinds of them.
struct Run {
    UidRange uids;
    std::uint32_t messages = 0;
};

/// `read`, `read_flags` and `flag_moment` from any thread, the others from the one thread that fills it.
class PackFile
{
public:
    /// Opens nothing yet: until `open` nothing is packed.
    explicit PackFile(std::string path) : file_(std::move(path), "packs", "packs-anew") {}

    /// Calls `take` with what is packed of messages in that span, by UID, and gives the UID up to which it has told
    /// all there was when it was packed; below span.first: nothing. It may tell of messages that went since. Never
    /// throws for the file's sake.
    using Take = std::function<void(Uid uid, std::optional<std::string_view> text)>;
    Uid read(MailboxId mailbox, Kind kind, UidRange span, Take const& take);

    /// Nothing: they are not packed, or not to be read.
    std::optional<FlagMoment> flag_moment(MailboxId mailbox);
    /// The same for flags as they were at that moment. Nothing is told of what was packed at another one.
    Uid read_flags(MailboxId mailbox, ModSeq moment, UidRange span, TakeFlags const& take);

    /// Opens the file, or makes a new one where it is damaged. False: neither is possible now.
    bool open() { return file_.open(); }
    void throw_away(std::string_view why) { file_.throw_away(why); }
    // These throw StoreError; after `corrupt` there are no packs.
    std::map<MailboxId, std::vector<Run>> runs();
    struct NewPack {
        Kind kind;
        UidRange uids;
        std::uint32_t messages = 0;
        std::string bytes; ///< compressed
    };
    /// In place of everything that was packed of the mailbox from the UID `from` on.
    void put(MailboxId mailbox, Uid from, std::vector<NewPack> const& packs);
    struct PackedFlags {
        FlagMoment at;
        std::uint32_t messages = 0;
    };
    std::map<MailboxId, PackedFlags> packed_flags();
    struct NewFlagPack {
        UidRange uids;
        std::uint32_t messages = 0;
        std::string bytes; ///< compressed
    };
    /// In place of all that was packed of the mailbox's flags.
    void put_flags(MailboxId mailbox, ModSeq moment, std::vector<NewFlagPack> const& packs);
    void remove(MailboxId mailbox);

private:
    CacheFile file_;
};

} // namespace maild::mailbox::packs
