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

#include "maild/imap/sequence_set.h"
#include "maild/imap/shared_maps.h"
#include "maild/imap/uid_map.h"
#include "maild/mailbox/store.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

enum class Access { read_write, read_only };
/// Whether EXPUNGE may be sent now (RFC 9051 section 7.5.1: not during FETCH, STORE, SEARCH).
enum class Expunges { tell, hold };

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
    View(mailbox::MailStore& store, SharedMaps& maps, mailbox::Mailbox const& mailbox, Access access);

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

    /// UIDs and sequence numbers; read when it is needed first.
    UidMap const& map();
    /// The UIDs of a set's messages. Throws ClientError for a sequence number that is not there; UIDs that are not
    /// there are left out.
    mailbox::UidSet must_resolve(SequenceSet const& set, Numbers numbers);
    /// Messages with \Deleted that the client knows of.
    mailbox::UidSet deleted();
    bool is_recent(mailbox::Uid uid) const { return recent_.contains(uid); }

    /// What this session changed itself and tells in its own words (or need not tell).
    void note_own(mailbox::MailStore::FlagsStored const& stored);
    /// FLAGS response for keywords of the rows that the client has not seen named yet.
    void tell_keywords(std::vector<mailbox::MessageInfo> const& rows, Write const& write);
    /// FETCH responses with the flags of these rows, in their order.
    void tell_flags(std::vector<mailbox::MessageInfo> const& rows, Write const& write);

    /// Looks for changes and writes the untagged responses (EXPUNGE, FETCH, EXISTS, RECENT). Check is_gone() after
    /// it. When the store fails in the middle, the next call tells the rest.
    void sync(Expunges expunges, Write const& write);
    bool has_held_expunges() const { return !expunged_.empty(); }
    /// The mailbox was deleted.
    bool is_gone() const { return gone_; }
    /// New messages were told as \Recent: nobody else shall be told so. Writes to the store, so call it after the
    /// client has its answer.
    void claim_recent();
    bool has_unclaimed() const { return claim_due_ && !is_read_only(); }

private:
    void take_in(mailbox::Changes&& changes);
    void tell_expunges(Write const& write);
    void tell_changed(Write const& write);

    mailbox::MailStore& store_;
    SharedMaps& maps_;
    mailbox::Mailbox mailbox_; ///< as it was at the last look; its highest_modseq: everything up to it is taken in
    Access access_;
    SequenceNumber size_ = 0;
    std::optional<UidMap> map_; ///< of size_ messages; not yet read: those of mailbox_
    std::optional<SequenceNumber> first_unseen_;
    mailbox::UidSet recent_;
    SequenceNumber recent_count_ = 0;
    mailbox::UidSet expunged_;          ///< gone from the store, not yet told; still in the map
    mailbox::UidSet changed_;           ///< have other flags, not yet told
    std::vector<mailbox::ModSeq> own_;  ///< of this session's own changes since the last look
    std::vector<std::string> keywords_; ///< named to the client, sorted without case
    bool claim_due_ = false;
    bool gone_ = false;
};

} // namespace maild::imap
