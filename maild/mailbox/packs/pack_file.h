#pragma once
// The packs in their file, mail/packs.db. Only a cache: what cannot be read is read from mail.db instead. What fills
// it: packer.h.

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

/// `read` from any thread, the others from the one thread that fills it.
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

    /// Opens the file, or makes a new one where it is damaged. False: neither is possible now.
    bool open() { return file_.open(); }
    void throw_away(std::string_view why) { file_.throw_away(why); }
    // These throw StoreError; after `corrupt` there are no packs.
    std::map<MailboxId, std::vector<Run>> runs();
    struct NewPack {
        Kind kind;
        UidRange uids;
        std::uint32_t messages = 0;
        std::string bytes;
    };
    /// In place of everything that was packed of the mailbox from the UID `from` on.
    void put(MailboxId mailbox, Uid from, std::vector<NewPack> const& packs);
    void remove(MailboxId mailbox) { put(mailbox, 0, {}); }

private:
    CacheFile file_;
};

} // namespace maild::mailbox::packs
