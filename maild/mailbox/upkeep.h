#pragma once
// What the mailbox tools and the nightly check ask of the store: whether everything is in order, mending what is not,
// a consistent view of an account, and messages that come from elsewhere with their history. Not for sessions.

#include "maild/mailbox/store.h"

namespace maild::mailbox
{

/// The closed list of what can be wrong.
enum class Fault {
    account_counters, ///< of the account: quota
    counters,         ///< of a mailbox: messages, unseen, size
    uid_next,         ///< not above the highest UID: it would be given twice
    modseq,           ///< mod-sequences out of order: sessions would miss changes
    expunge_log,      ///< what is not in a mailbox is not all in its log: opening it is slow
    no_inbox,
    special_use, ///< two mailboxes of one use
    keyword,     ///< a message has a keyword that the mailbox does not know
    no_body,     ///< nothing at all is left of a message but its place
    no_bytes,    ///< the header is known, the bytes are gone
    wrong_bytes, ///< they are not those that arrived (deep checks only)
    unused_body, ///< bytes that no message refers to
    unused_file, ///< the same as a file: the daemon's sweep removes it
    reference,   ///< a row that refers to nothing
    database,    ///< the database file itself is damaged
};

struct Finding {
    Fault fault = Fault::database;
    AccountId account = 0; ///< 0: of the whole store
    std::string mailbox = {};
    Uid uid = 0;          ///< of one message
    std::int64_t was = 0; ///< counters: what was stored (bytes for the account)
    std::int64_t is = 0;  ///< counters: what is right; else how many there are
    std::string detail = {};
    bool repaired = false;
};

struct CheckOptions {
    enum class Depth {
        counters, ///< cheap: counters, UIDs and mod-sequences
        bytes,    ///< also that every message's bytes are there
        deep,     ///< reads every message and compares its hash
    };
    Depth depth = Depth::bytes;
    bool repair = false;
    /// The text of the message that takes the place of one whose bytes are gone, UTF-8, lines end with CRLF.
    std::string explanation = {};
    /// Called now and then with the messages looked at. May be empty.
    std::function<void(std::size_t)> progress = {};
};

/// What others have to do with a mailbox.
struct MailboxSharing {
    struct Note {
        AccountId reader = 0; ///< whose private note; 0: a shared one
        Annotation note;
    };
    struct Read {
        AccountId reader = 0;
        UidSet uids;
    };
    std::vector<AclEntry> acl;
    std::vector<Note> notes;
    std::vector<Read> read;
};

/// One account as it was at one moment.
class AccountView
{
public:
    virtual ~AccountView() = default;
    virtual std::vector<Mailbox> mailboxes() = 0;
    virtual std::vector<std::string> subscriptions() = 0;
    virtual std::vector<MessageInfo> messages(MailboxId mailbox) = 0;
    virtual MailboxSharing sharing(MailboxId mailbox) = 0;
    /// The bytes; nothing when they are gone (damage).
    virtual std::optional<std::string> read(BodyId body) = 0;
};

/// A message from elsewhere.
struct Import {
    BodySource body;
    Flags flags;
    base::Timestamp internal_date = 0;
    std::string key; ///< what it is called where it comes from: comes in once
    Uid uid = 0;     ///< its UID there, kept where the mailbox keeps UIDs (adopt_uids); 0: any
};

struct ImportTarget {
    AccountId account = 0;
    std::string mailbox;            ///< must exist
    std::uint64_t quota = 0;        ///< bytes, 0: no limit
    std::uint32_t uid_validity = 0; ///< under which Import::uid counts
};

struct ImportResult {
    Refusal refusal = Refusal::none; ///< over_quota: those before `done` came in
    std::size_t imported = 0;
    std::size_t already = 0;
    bool has_new_validity = false; ///< new mail took UIDs meanwhile: the mailbox has another UIDVALIDITY now
};

/// All functions throw base::StoreError when the store fails.
class Upkeep
{
public:
    virtual ~Upkeep() = default;

    /// One account, in small steps. With `repair`, what is found and can be mended is mended.
    virtual std::vector<Finding> check(AccountId account, CheckOptions const& options) = 0;
    /// What belongs to no account: the file itself, bodies and files that nobody refers to.
    virtual std::vector<Finding> check_store(CheckOptions const& options) = 0;
    virtual void view(AccountId account, std::function<void(AccountView&)> const& look) = 0;

    /// An untouched mailbox takes over the UIDVALIDITY of where its messages come from, unless somebody has it.
    /// True: it has that one now, and UIDs of imported messages are kept.
    virtual bool adopt_uids(AccountId account, std::string_view mailbox, std::uint32_t uid_validity) = 0;
    /// Which of these keys came in already.
    virtual std::vector<bool> known(AccountId account, std::vector<std::string> const& keys) = 0;
    /// In one commit, in order of the list. Messages whose key is known are left out.
    virtual ImportResult import(ImportTarget const& target, std::vector<Import> const& messages) = 0;
    /// At the end of an import with kept UIDs: the next message gets at least this one.
    virtual void raise_uid_next(AccountId account, std::string_view mailbox, Uid uid_next) = 0;

    /// Another process may have written: announces what is new since the last call to the sessions of this one. The
    /// first call announces nothing.
    virtual void notice_others() = 0;
    /// Another process works in the store now.
    virtual bool has_guests() = 0;
    /// When the last full check was, and noting that one is done. 0: never.
    virtual base::Timestamp last_check() = 0;
    virtual void note_check(base::Timestamp when) = 0;
    /// The next sweep looks for files without a row everywhere.
    virtual void doubt_all_files() = 0;
};

} // namespace maild::mailbox
