#pragma once
// Mailboxes and messages of all accounts: what IMAP, POP3 and local delivery stand on. Speaks the domain, not SQL.

#include "appliance/base/clock.h"
#include "appliance/message/search_text.h"
#include "maild/mailbox/columns.h"
#include "maild/mailbox/ids.h"
#include "maild/mailbox/rights.h"
#include "maild/mailbox/uid_set.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace maild::mailbox
{

class Upkeep;

/// The closed list of answers that are not success and not a broken store (those throw base::StoreError).
enum class Refusal {
    none,
    missing,     ///< no such mailbox or message
    exists,      ///< a mailbox of that name is there already
    not_allowed, ///< INBOX cannot be deleted, a name is not a name, ...
    over_quota,
    too_many, ///< a limit of the store (mailboxes per account, keywords per message)
};

/// RFC 6154.
enum class SpecialUse { none, drafts, sent, trash, junk, archive };

struct Mailbox {
    MailboxId id = 0;
    AccountId account = 0;
    std::string name; ///< UTF-8, '/' between levels; INBOX in capitals
    SpecialUse special_use = SpecialUse::none;
    bool subscribed = false;
    std::uint32_t uid_validity = 0;
    Uid uid_next = 1;
    ModSeq highest_modseq = 1;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
    Uid recent_from = 1;    ///< messages with this UID or above have been announced to nobody
    std::uint64_t size = 0; ///< bytes of all its messages
};

struct MessageInfo {
    Uid uid = 0;
    BodyId body = 0;
    ModSeq modseq = 0;
    std::uint32_t size = 0; ///< octets as sent to clients
    base::Timestamp internal_date = 0;
    Flags flags;
    std::int64_t origin = 0;   ///< Delivery::origin
    base::Timestamp saved = 0; ///< when it came into its mailbox (RFC 8514)
};

inline constexpr std::size_t largest_indexed_header = 65536; ///< bytes
inline constexpr std::size_t preview_characters = 200;       ///< RFC 8970 section 3: at most 256

/// What was indexed at delivery (one per body, shared by all copies). Ready IMAP texts.
struct MessageIndex {
    BodyId body = 0;
    Uid uid = 0;                 ///< where messages were asked, not bodies
    std::string envelope;        ///< RFC 9051 7.5.2 "(... )"
    std::string body_structure;  ///< extensible form
    std::string plain_body;      ///< BODY, the form without extensions
    std::string header;          ///< the header as it stands, with its empty line; at most `largest_indexed_header`
    bool header_complete = true; ///< false: longer than that, read the body instead
    std::optional<std::string> preview = std::nullopt; ///< first words; none: delivered before there were previews
};

/// What of it somebody wants.
enum IndexPart : unsigned {
    index_envelope = 1,
    index_structure = 2,
    index_plain_body = 4,
    index_header = 8,
    index_preview = 16,
    /// Of the header, the fields of listed_header.h at least. Alone it may cost much less than index_header.
    index_listed_header = 32
};

/// The bytes of a message: in memory (small) or an open file. All at once: whole_message.h.
class BodyReader
{
public:
    virtual ~BodyReader() = default;
    virtual std::uint64_t size() const = 0;
    /// At most `count` bytes from `offset`; shorter only at the end.
    virtual std::string read(std::uint64_t offset, std::size_t count) = 0;
};

/// Where a new message's bytes are.
struct BodySource {
    std::string bytes;     ///< the message itself, or
    std::string file = {}; ///< a file that holds it (copied, not moved); used when `bytes` is empty
    std::string head = {}; ///< comes before either of them
};

struct Delivery {
    struct To {
        AccountId account = 0;
        std::string mailbox = "INBOX"; ///< made when it is missing
        std::uint64_t quota = 0;       ///< bytes, 0: no limit
        std::string key = {};          ///< idempotency: the same key is delivered once, whatever happens
        Flags flags = {};
    };
    BodySource body;
    base::Timestamp internal_date = 0;
    std::vector<To> to;
    std::int64_t origin = 0; ///< the queue's id of the message, for the trace; 0: none
};

struct Delivered {
    enum class Outcome { done, already, over_quota };
    Outcome outcome = Outcome::done;
    Uid uid = 0;
};

struct Appended {
    Refusal refusal = Refusal::none;
    std::uint32_t uid_validity = 0;
    Uid uid = 0;
};

/// RFC 4315: the messages `from` are now `to`, in this order.
struct Copied {
    Refusal refusal = Refusal::none;
    std::uint32_t uid_validity = 0;
    UidSet from;
    UidSet to;
};

enum class FlagChange { replace, add, remove };

/// How somebody reads his mail. The numbers are stored.
enum class Means { unsaid = 0, imap = 1, pop3 = 2, webmail = 3 };

/// Flags that somebody may change.
struct FlagMask {
    std::uint32_t system = ~std::uint32_t{0}; ///< bits of Flag
    bool keywords = true;
};

/// What else a change of flags may ask.
struct FlagOptions {
    std::optional<ModSeq> unchanged_since = std::nullopt; ///< RFC 7162: those with a higher modseq are left alone
    /// The person himself does it: the first \Seen of a delivered message is noted for the trace.
    Means means = Means::unsaid;
    /// The asking session knows everything up to here: what changed after it is `surprising`.
    std::optional<ModSeq> known = std::nullopt;
    FlagMask changeable = {}; ///< the others stay as they are, whatever is asked
};

/// What happened in a mailbox after a mod-sequence. No message is in two of the sets.
struct Changes {
    bool exists = true; ///< false: the mailbox was deleted
    Mailbox mailbox;    ///< as it is now
    UidSet arrived;     ///< and still there
    UidSet changed;     ///< have other flags
    UidSet expunged;    ///< may name some that went earlier: the log of expunges is shortened
};

/// What SELECT says of a mailbox, without looking at its messages one by one.
struct Overview {
    Mailbox mailbox;
    std::vector<std::string> keywords;         ///< ever used in it, sorted without case
    std::uint32_t recent = 0;                  ///< messages with the asked UID or above
    std::optional<std::uint32_t> first_unseen; ///< its sequence number; nothing also when it is far from the end
};

/// An answer of the full-text index. Bodies in neither list do not hold the needle.
struct TextCandidates {
    std::vector<BodyId> certain; ///< hold it
    std::vector<BodyId> unsure;  ///< must be looked at: not indexed yet, or the index cannot tell
};

/// The account of mailboxes that belong to the school, not to a person: those of the classes.
inline constexpr AccountId shared_account = -1;
inline constexpr std::size_t acl_entries_max = 200; ///< per mailbox
inline constexpr std::size_t annotations_max = 200; ///< per mailbox and reader
inline constexpr std::size_t annotation_bytes_max = 65536;

/// RFC 4314: "anyone", "$x-tkj-1" (a class or group), "@17" (the user with that id).
struct AclEntry {
    std::string identifier;
    Rights rights = 0;
    bool is_negative = false; ///< these rights are taken away
    bool operator==(AclEntry const&) const = default;
};

struct SharedMailbox {
    Mailbox mailbox;
    Rights rights = 0;
};

struct Annotation {
    std::string entry; ///< "/shared/comment", lower case
    std::optional<std::string> value;
    bool operator==(Annotation const&) const = default;
};

/// All functions may be called from any thread; they throw base::StoreError when the store fails, and then nothing
/// has changed. A change is on stable storage when the function returns, and announced to subscribers then.
class MailStore
{
public:
    virtual ~MailStore() = default;

    /// Makes INBOX, Drafts, Sent, Trash and Junk (subscribed, with special uses) when the account is new.
    virtual void ensure_account(AccountId account) = 0;
    virtual std::vector<Mailbox> mailboxes(AccountId account) = 0;
    virtual std::optional<Mailbox> find(AccountId account, std::string_view name) = 0;
    virtual Refusal create(AccountId account, std::string_view name, SpecialUse use = SpecialUse::none) = 0;
    /// Renames inferiors too; renaming INBOX moves its messages (RFC 9051 6.3.6). Makes missing superiors.
    virtual Refusal rename(AccountId account, std::string_view from, std::string_view to) = 0;
    virtual Refusal remove(AccountId account, std::string_view name) = 0;
    /// Subscriptions may name mailboxes that are not there (RFC 9051 6.3.7).
    virtual Refusal set_subscribed(AccountId account, std::string_view name, bool subscribed) = 0;
    virtual std::vector<std::string> subscriptions(AccountId account) = 0;

    /// Delivers every entry in one commit. One body is stored once, whatever the number of recipients.
    /// Result: [delivery][recipient].
    virtual std::vector<std::vector<Delivered>> deliver(std::vector<Delivery> const& deliveries) = 0;
    virtual Appended append(AccountId account, std::string_view mailbox, BodySource const& body, Flags const& flags,
                            base::Timestamp internal_date, std::uint64_t quota) = 0;
    /// Several messages, all or none (RFC 3502). One Appended per message.
    struct NewMessage {
        BodySource body;
        Flags flags;
        base::Timestamp internal_date = 0;
    };
    /// A message that goes in the same moment, if it is there still (RFC 8508).
    struct Replaced {
        MailboxId mailbox = 0;
        Uid uid = 0;
    };
    virtual std::vector<Appended> append_all(AccountId account, std::string_view mailbox,
                                             std::vector<NewMessage> const& messages, std::uint64_t quota,
                                             std::optional<Replaced> const& replaced = std::nullopt) = 0;

    /// All messages by UID.
    virtual std::vector<MessageInfo> messages(MailboxId mailbox) = 0;

    // The selected mailbox (IMAP). Nothing here takes longer because the mailbox is large, but what reads it all.
    virtual std::optional<Overview> overview(MailboxId mailbox, Uid recent_from) = 0;
    /// The UIDs below `uid_next` that were there at that mod-sequence: those of an Overview. Where the log of
    /// expunges does not reach back so far, some that went before it too.
    virtual UidSet uids_at(MailboxId mailbox, ModSeq modseq, Uid uid_next) = 0;
    /// Those of `uids` that are there, by UID: from the UID `from` on, at most `most`.
    virtual std::vector<MessageInfo> messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most) = 0;
    /// The same, quicker where they are many; only uid, modseq and flags are filled.
    virtual std::vector<MessageInfo> flags_of(MailboxId mailbox, UidSet const& uids) = 0;
    /// The texts of those of `uids` that are there, by UID; only the asked parts (bits of IndexPart) are filled.
    virtual std::vector<MessageIndex> index_of(MailboxId mailbox, UidSet const& uids, unsigned parts) = 0;
    /// Messages with \Deleted.
    virtual UidSet marked_deleted(MailboxId mailbox) = 0;
    /// Messages with this UID or above.
    virtual std::uint32_t count_from(MailboxId mailbox, Uid uid) = 0;
    /// Changes of flags that got one of the mod-sequences `own` are left out.
    virtual Changes changes_since(MailboxId mailbox, ModSeq modseq, std::span<ModSeq const> own = {}) = 0;

    /// Claims the recent messages for the asking session: gives the old `recent_from` and moves it to uid_next.
    virtual Uid claim_recent(MailboxId mailbox) = 0;
    /// In the order of the ids; a body that is gone is left out.
    virtual std::vector<MessageIndex> index(std::span<BodyId const> bodies) = 0;
    /// Null when the message was expunged meanwhile.
    virtual std::unique_ptr<BodyReader> open(BodyId body) = 0;

    /// Gives the messages as they are now; those that `options` leaves alone come in `failed`.
    struct FlagsStored {
        std::vector<MessageInfo> now;
        UidSet failed;
        std::vector<ModSeq> modseqs = {}; ///< that the changed ones got
        UidSet surprising = {};           ///< of `now`: somebody had changed them after FlagOptions::known
        bool over_limit = false;          ///< some of `failed`: because of their keywords
    };
    virtual FlagsStored store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change, Flags const& flags,
                                    FlagOptions const& options = {}) = 0;
    /// Where COPY and MOVE put the messages.
    struct Target {
        std::string_view name;
        std::uint64_t quota = 0; ///< of its account, in bytes; 0: no limit. A MOVE within one account needs none
        std::optional<AccountId> account = std::nullopt; ///< nothing: that of the mailbox they come from
        std::optional<AccountId> reader = std::nullopt;  ///< whose \\Seen they bring along; nothing: the owner's
        FlagMask kept = {};                              ///< the other flags stay behind
    };
    /// All or none.
    virtual Copied copy(MailboxId mailbox, UidSet const& uids, Target const& target) = 0;
    virtual Copied move(MailboxId mailbox, UidSet const& uids, Target const& target) = 0;
    /// Removes the messages; those among `uids` that are there. Gives the UIDs removed. `read_by`: the person has
    /// read them just now, which the trace notes.
    virtual UidSet expunge(MailboxId mailbox, UidSet const& uids, Means read_by = Means::unsaid) = 0;

    // Full text (maild/mailbox/text): a substring of one text of the message, both folded
    // (appliance/message/search_text.h).
    /// Asks the index only. Both lists are ascending and hold some of `bodies` only, whosever the index knows of
    /// besides.
    virtual TextCandidates text_candidates(MailboxId mailbox, std::span<BodyId const> bodies, std::string_view needle,
                                           message::SearchScope scope) = 0;
    /// Looks at the message itself. False for a body that is gone.
    virtual bool text_holds(BodyId body, std::string_view needle, message::SearchScope scope) = 0;

    // What SEARCH, SORT and THREAD ask of many messages (columns.h).
    /// Of the messages in that span. Whole mailboxes are kept in memory for the next time, up to a limit.
    virtual Columns columns(MailboxId mailbox, ColumnSet wanted, UidRange uids = all_uids) = 0;
    /// By UID.
    virtual std::vector<FlagRow> flag_rows(MailboxId mailbox, UidRange uids = all_uids) = 0;
    /// The messages with that keyword (in any case).
    virtual UidSet with_keyword(MailboxId mailbox, std::string_view keyword, UidRange uids = all_uids) = 0;
    /// When the messages came into the mailbox (RFC 8514), by UID.
    struct Saved {
        Uid uid = 0;
        base::Timestamp when = 0;
    };
    virtual std::vector<Saved> saved_dates(MailboxId mailbox, UidRange uids = all_uids) = 0;
    /// RFC 8474, in the order of the bodies: numbers of threads in that account. They never change.
    virtual std::vector<std::int64_t> threads(AccountId account, std::span<BodyId const> bodies) = 0;
    /// Indexes some of the bodies that have no such index yet; false: there are none. Until then they are answered
    /// from their headers. Called now and then by one thread.
    virtual bool index_step() = 0;

    // --- POP3 (maild/pop3/maildrop.h) ---
    struct DropItem {
        Uid uid = 0;
        std::uint32_t size = 0; ///< octets
        BodyId body = 0;
    };
    /// The messages of a mailbox by UID, 16 bytes each.
    virtual std::vector<DropItem> maildrop(MailboxId mailbox) = 0;
    /// Those that are gone are left out.
    struct DropUpdate {
        UidSet deleted = {};
        UidSet read_and_deleted = {};
        UidSet read = {}; ///< and kept: \Seen from now on
    };
    /// What QUIT does, in one commit: all or none. Gives how many messages went.
    virtual std::size_t update_maildrop(MailboxId mailbox, DropUpdate const& update) = 0;

    struct Usage {
        std::uint64_t bytes = 0;
        std::uint64_t messages = 0;
        bool operator==(Usage const&) const = default;
    };
    virtual Usage usage(AccountId account) = 0;

    // Sharing and notes (sql_sharing.cpp, sql_annotations.cpp). The store keeps who has which right; what needs which
    // right, and who is behind an identifier, is for its callers.
    virtual std::vector<AclEntry> acl(MailboxId mailbox) = 0;
    /// No rights: the entry goes. `too_many` beyond acl_entries_max, `missing` without the mailbox. Announced, so
    /// that those who have it open look again.
    virtual Refusal set_acl(MailboxId mailbox, AclEntry const& entry) = 0;
    /// What somebody with these identifiers may do: all that one of them gives, without what one of them takes away.
    virtual Rights rights(MailboxId mailbox, std::span<std::string const> identifiers) = 0;
    /// Every mailbox, whoever's, in which these identifiers have rights, by account and name.
    virtual std::vector<SharedMailbox> shared_with(std::span<std::string const> identifiers) = 0;
    /// Makes a mailbox of `shared_account` with these entries; does nothing when it is there.
    virtual void ensure_shared(std::string_view name, std::vector<AclEntry> const& entries) = 0;
    /// Subscribes the first time it is asked to; later the reader's own choice stands.
    virtual void offer_subscription(AccountId account, std::string_view name) = 0;
    /// The UIDs that a reader who is not the owner has read, ascending.
    virtual UidSet seen_by(MailboxId mailbox, AccountId reader) = 0;
    /// Notes it, or forgets it. The messages get a new mod-sequence, so that the reader's other sessions look; gives
    /// them as they are now, with the owner's \Seen.
    enum class Seen { yes, no };
    virtual FlagsStored set_seen_by(MailboxId mailbox, AccountId reader, UidSet const& uids, Seen seen) = 0;
    /// Messages with \Deleted and their bytes.
    virtual Usage deleted(MailboxId mailbox) = 0;
    /// RFC 5464. Mailbox 0 is the server; reader 0 has the shared entries. By entry.
    virtual std::vector<Annotation> annotations(MailboxId mailbox, AccountId reader) = 0;
    /// All or none; an entry without a value goes. `too_many` beyond annotations_max. Announced to the mailbox's
    /// owner's account, those of the server to the reader's.
    struct Notes {
        AccountId reader = 0;
        std::vector<Annotation> changes;
    };
    virtual Refusal annotate(MailboxId mailbox, std::vector<Notes> const& notes) = 0;

    /// Calls `news` (quickly, from any thread) after every change in the account's mailboxes, until the token goes.
    using Subscription = std::shared_ptr<void>;
    [[nodiscard]] virtual Subscription subscribe(AccountId account, std::function<void(MailboxId)> news) = 0;

    /// Everybody with a mailbox.
    virtual std::vector<AccountId> accounts() = 0;
    /// Removes all mailboxes of an account; the bytes go with the next sweeps.
    virtual void remove_account(AccountId account) = 0;

    /// Checks, repairs, views and imports: upkeep.h.
    virtual Upkeep& upkeep() = 0;

    /// Forgets who read messages that the queue took before that moment; in small steps.
    virtual void forget_readings(base::Timestamp before) = 0;
    /// Removes bodies that nothing refers to and files without a row. Called now and then by one thread.
    virtual void sweep() = 0;
};

/// The implementation: mail/mail.db and mail/blobs/ below `folder`.
std::unique_ptr<MailStore> make_sql_mail_store(std::string const& folder);
/// The same beside the daemon that owns the folder: another process's tools. Its sweep is the daemon's alone.
std::unique_ptr<MailStore> make_guest_mail_store(std::string const& folder);

} // namespace maild::mailbox
