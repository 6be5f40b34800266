#pragma once
// The selected mailbox as this client knows it: sequence numbers and UIDs, and what must be told about changes that
// others (or this session) made. Reads the store only in its constructor and in sync().

#include "maild/imap/sequence_set.h"
#include "maild/mailbox/store.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace maild::imap
{

enum class Access { read_write, read_only };
/// Whether EXPUNGE may be sent now (RFC 9051 section 7.5.1: not during FETCH, STORE, SEARCH).
enum class Expunges { tell, hold };

struct Entry {
    mailbox::MessageInfo info;
    bool recent = false;
    bool expunged = false; ///< gone from the store, not yet told
};

class View
{
public:
    /// Loads all messages. Throws base::StoreError.
    View(mailbox::MailStore& store, mailbox::Mailbox mailbox, Access access);

    mailbox::Mailbox const& mailbox() const { return mailbox_; }
    mailbox::MailboxId id() const { return mailbox_.id; }
    bool is_read_only() const { return access_ == Access::read_only; }
    /// In the client's order: entry i has the sequence number i + 1.
    std::vector<Entry> const& entries() const { return entries_; }
    std::size_t recent() const { return recent_; }
    std::optional<std::size_t> first_unseen() const;
    /// "(\Answered ... keywords)": system flags and the keywords in use.
    std::string flag_names() const;

    /// Indices of the messages of a set, ascending. Throws ClientError for a sequence number that is not there; UIDs
    /// that are not there are left out.
    std::vector<std::size_t> must_resolve(SequenceSet const& set, Numbers numbers) const;
    std::optional<std::size_t> find(mailbox::Uid uid) const;
    /// UIDs of the entries, without those that are known to be gone.
    std::vector<mailbox::Uid> uids(std::vector<std::size_t> const& indices) const;
    /// UIDs of all messages with \Deleted.
    std::vector<mailbox::Uid> deleted() const;

    /// What this session changed itself and tells in its own words (or need not tell).
    void apply(mailbox::MessageInfo const& now);
    /// FLAGS response for keywords of the entries that the client has not seen named yet, else "".
    std::string new_keywords();

    /// Looks for changes and gives the untagged responses (EXPUNGE, FETCH, EXISTS, RECENT). Check is_gone() after it.
    std::string sync(Expunges expunges);
    bool has_held_expunges() const { return held_ > 0; }
    /// The mailbox was deleted.
    bool is_gone() const { return gone_; }
    /// New messages were told as \Recent: nobody else shall be told so. Writes to the store, so call it after the
    /// client has its answer.
    void claim_recent();
    bool has_unclaimed() const { return claim_due_ && !is_read_only(); }

private:
    void note_keywords(mailbox::Flags const& flags);
    void add(mailbox::MessageInfo info, mailbox::Uid recent_from);
    std::string tell_expunges();

    mailbox::MailStore& store_;
    mailbox::Mailbox mailbox_;
    Access access_;
    std::vector<Entry> entries_;
    std::vector<std::string> keywords_; ///< in use, sorted without case
    bool keywords_changed_ = false;
    std::size_t recent_ = 0;
    std::size_t held_ = 0; ///< entries with `expunged`
    bool claim_due_ = false;
    bool gone_ = false;
};

/// "* 3 FETCH (UID 7 FLAGS (\Seen))" with CRLF.
std::string flags_response(std::size_t index, Entry const& entry);

} // namespace maild::imap
