#pragma once
// The selected mailbox as this client knows it: which UIDs there are under which sequence numbers, and what must be
// told about changes that others made. It holds no messages: a command walks their rows in the store.
//
//     auto const selection = view.must_resolve(set, numbers());     // UIDs, in the client's order
//     Walk walk(store, view, selection);                            // (walk.h)
//     for (auto rows = walk.next(); !rows.empty(); rows = walk.next())
//         for (Entry const& entry : rows) ...                       // entry.number, entry.info, entry.recent
//
// A message that another session expunged has no row any more, but keeps its number until EXPUNGE is told.

#include "maild/imap/features.h"
#include "maild/imap/sequence_set.h"
#include "maild/imap/shared_maps.h"
#include "maild/imap/uid_map.h"
#include "maild/mailbox/store.h"

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

enum class Access { read_write, read_only };
/// Whether EXPUNGE may be sent now (RFC 9051 section 7.5.1: not during FETCH, STORE, SEARCH).
enum class Expunges { tell, hold };

/// Whether others' changes of flags are told; not when a client has said so (NOTIFY).
enum class ChangedFlags { tell, ignore };

/// One message of a view: its row as it is in the store now.
struct Entry {
    mailbox::MessageInfo info;
    SequenceNumber number = 0;
    bool recent = false;
};

/// Where responses go: whole lines with their CRLF.
using Write = std::function<void(std::string_view)>;

class View
{
public:
    /// Reads the mailbox's row and keywords, whatever its size. Throws base::StoreError; ClientError when it is gone.
    /// `features`: those of the session, as they are when something is told.
    View(mailbox::MailStore& store, SharedMaps& maps, mailbox::Mailbox const& mailbox, Access access,
         unsigned const& features);

    mailbox::Mailbox const& mailbox() const { return mailbox_; }
    mailbox::MailboxId id() const { return mailbox_.id; }
    bool is_read_only() const { return access_ == Access::read_only; }
    /// Messages that the client knows of.
    SequenceNumber size() const { return size_; }
    SequenceNumber recent() const { return recent_count_; }
    /// As SELECT tells it.
    std::optional<SequenceNumber> first_unseen() const { return first_unseen_; }
    /// "(\Answered ... keywords)": system flags and the keywords in use.
    std::string flag_names() const;
    /// PERMANENTFLAGS: those that this person may change, who has the rights that were set last.
    std::string permanent_flags() const;
    void set_changeable(mailbox::FlagMask mask) { changeable_ = mask; }

    /// UIDs and sequence numbers; read when it is needed first.
    UidMap const& map();
    /// The UIDs of a set's messages. Throws ClientError for a sequence number that is not there; UIDs that are not
    /// there are left out.
    mailbox::UidSet must_resolve(SequenceSet const& set, Numbers numbers);
    /// Messages with \Deleted that the client knows of.
    mailbox::UidSet deleted();
    bool is_recent(mailbox::Uid uid) const { return recent_.contains(uid); }
    /// RFC 5182: what "$" stands for from now on; what is expunged later is left out by itself.
    void save(mailbox::UidSet uids) { saved_ = std::move(uids); }

    /// What this session changed itself: not told again.
    void note_own(mailbox::MailStore::FlagsStored const& stored);
    /// The same, and answers its STORE. Silent: only what the client cannot know (RFC 3501 6.4.6, RFC 7162 3.1.3).
    void tell_stored(mailbox::MailStore::FlagsStored const& stored, bool silent, Write const& write);
    /// FETCH responses with the flags of these messages.
    void tell_flags(mailbox::UidSet const& uids, Write const& write);
    /// VANISHED (EARLIER) for those of `gone` that the client asks for and that are not still in its view.
    void tell_vanished(mailbox::UidSet const& gone, SequenceSet const& asked, Write const& write);

    /// Looks for changes and writes the untagged responses (EXPUNGE, FETCH, EXISTS, RECENT). Check is_gone() after
    /// it. Gives the messages that came. When the store fails in the middle, the next call tells the rest.
    mailbox::UidSet sync(Expunges expunges, ChangedFlags flags, Write const& write);
    bool has_held_expunges() const { return !expunged_.empty(); }
    /// The mailbox was deleted.
    bool is_gone() const { return gone_; }
    /// New messages were told as \Recent: nobody else shall be told so. Writes to the store, so call it after the
    /// client has its answer.
    void claim_recent();
    bool has_unclaimed() const { return claim_due_ && !is_read_only(); }

private:
    std::optional<mailbox::Uid> claim(mailbox::MailboxId mailbox);
    mailbox::UidSet take_in(mailbox::Changes&& changes);
    void tell_expunges(Write const& write);
    void tell_keywords(std::vector<mailbox::MessageInfo> const& rows, Write const& write);
    void tell_row(mailbox::MessageInfo const& row, bool with_flags, Write const& write);
    bool has(Feature feature) const { return (features_ & feature) != 0; }
    UidMap fitting(mailbox::UidSet uids);
    void tell_changed(Write const& write);

    mailbox::MailStore& store_;
    SharedMaps& maps_;
    mailbox::Mailbox mailbox_; ///< as it was at the last look; its highest_modseq: everything up to it is taken in
    Access access_;
    mailbox::FlagMask changeable_;
    unsigned const& features_;
    SequenceNumber size_ = 0;
    std::optional<UidMap> map_; ///< of size_ messages; not yet read: those of mailbox_
    std::optional<SequenceNumber> first_unseen_;
    mailbox::UidSet recent_;
    mailbox::UidSet saved_; ///< by a search
    SequenceNumber recent_count_ = 0;
    mailbox::UidSet expunged_;          ///< gone from the store, not yet told; still in the map
    mailbox::UidSet changed_;           ///< have other flags, not yet told
    std::vector<mailbox::ModSeq> own_;  ///< of this session's own changes since the last look
    std::vector<std::string> keywords_; ///< named to the client, sorted without case
    bool claim_due_ = false;
    bool gone_ = false;
};

} // namespace maild::imap
