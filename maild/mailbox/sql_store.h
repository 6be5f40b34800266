#pragma once
// MailStore over mail.db and blobs/. Its functions are spread over sql_mailboxes.cpp (names), sql_deliver.cpp (new
// messages), sql_messages.cpp and sql_selected.cpp (reading), sql_changes.cpp (flags, copies, expunges), sql_text.cpp
// (full text), sql_search_rows.cpp, sql_columns.cpp and sql_flags.cpp (SEARCH, SORT, THREAD, lists of flags),
// sql_sharing.cpp (rights, what readers have read), sql_annotations.cpp and sql_sweep.cpp.

#include "appliance/db/database.h"
#include "maild/mailbox/blob_store.h"
#include "maild/mailbox/change_feed.h"
#include "maild/mailbox/column_cache.h"
#include "maild/mailbox/packs/packer.h"
#include "maild/mailbox/prepared_body.h"
#include "maild/mailbox/sql_upkeep.h"
#include "maild/mailbox/text/text_filler.h"

#include <mutex>
#include <set>

namespace maild::mailbox
{

/// For tests; the defaults are what the appliance runs with.
struct StoreSettings {
    /// Bodies up to this size live in the database. Measured: up to here one commit is faster than file, folder and
    /// commit, and the WAL stays small.
    std::size_t small_body = std::size_t{64} << 10;
    /// A body stays readable this long after its last message went, for sessions that have not heard of it yet.
    base::Timestamp body_grace = base::Timestamp{10} * 60 * 1000000;
    /// Longer than any queue keeps a message.
    base::Timestamp key_lifetime = base::Timestamp{60} * 24 * 3600 * 1000000;
    /// New messages are refused when less than this is free: removing mail needs room too, and a checkpoint moves up
    /// to 16 MiB from the WAL to the database.
    std::uint64_t disk_reserve = std::uint64_t{48} << 20;
    BlobStore::Use use = BlobStore::Use::owner;
    /// The log of expunges of a mailbox is shortened when it has more entries.
    std::size_t expunge_log = 2000;
    base::Clock const& clock = base::system_clock();
    /// Whether threads fill the caches; else fill_text_index and fill_packs do.
    enum class Filling { background, by_hand };
    Filling filling = Filling::by_hand;
};

class SqlMailStore final : public MailStore
{
public:
    SqlMailStore(std::string const& folder, StoreSettings settings);

    void ensure_account(AccountId account) override;
    std::vector<Mailbox> mailboxes(AccountId account) override;
    std::optional<Mailbox> find(AccountId account, std::string_view name) override;
    Refusal create(AccountId account, std::string_view name, SpecialUse use) override;
    Refusal rename(AccountId account, std::string_view from, std::string_view to) override;
    Refusal remove(AccountId account, std::string_view name) override;
    Refusal set_subscribed(AccountId account, std::string_view name, bool subscribed) override;
    std::vector<std::string> subscriptions(AccountId account) override;

    std::vector<std::vector<Delivered>> deliver(std::vector<Delivery> const& deliveries) override;
    Appended append(AccountId account, std::string_view mailbox, BodySource const& body, Flags const& flags,
                    base::Timestamp internal_date, std::uint64_t quota) override;
    std::vector<Appended> append_all(AccountId account, std::string_view mailbox,
                                     std::vector<NewMessage> const& messages, std::uint64_t quota,
                                     std::optional<Replaced> const& replaced) override;

    std::vector<MessageInfo> messages(MailboxId mailbox) override;
    std::optional<Overview> overview(MailboxId mailbox, Uid recent_from) override;
    UidSet uids_at(MailboxId mailbox, ModSeq modseq, Uid uid_next) override;
    std::vector<MessageInfo> messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most) override;
    std::vector<MessageIndex> index_of(MailboxId mailbox, UidSet const& uids, unsigned parts) override;
    UidSet marked_deleted(MailboxId mailbox) override;
    std::uint32_t count_from(MailboxId mailbox, Uid uid) override;
    Changes changes_since(MailboxId mailbox, ModSeq modseq, std::span<ModSeq const> own) override;
    Uid claim_recent(MailboxId mailbox) override;
    std::vector<MessageIndex> index(std::span<BodyId const> bodies) override;
    std::unique_ptr<BodyReader> open(BodyId body) override;

    FlagsStored store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change, Flags const& flags,
                            FlagOptions const& options) override;
    Copied copy(MailboxId mailbox, UidSet const& uids, Target const& target) override;
    Copied move(MailboxId mailbox, UidSet const& uids, Target const& target) override;
    UidSet expunge(MailboxId mailbox, UidSet const& uids, Means read_by) override;

    TextCandidates text_candidates(MailboxId mailbox, std::span<BodyId const> bodies, std::string_view needle,
                                   message::SearchScope scope) override;
    bool text_holds(BodyId body, std::string_view needle, message::SearchScope scope) override;
    std::vector<AclEntry> acl(MailboxId mailbox) override;
    Refusal set_acl(MailboxId mailbox, AclEntry const& entry) override;
    Rights rights(MailboxId mailbox, std::span<std::string const> identifiers) override;
    std::vector<SharedMailbox> shared_with(std::span<std::string const> identifiers) override;
    void ensure_shared(std::string_view name, std::vector<AclEntry> const& entries) override;
    void offer_subscription(AccountId account, std::string_view name) override;
    UidSet seen_by(MailboxId mailbox, AccountId reader) override;
    FlagsStored set_seen_by(MailboxId mailbox, AccountId reader, UidSet const& uids, Seen seen) override;
    Usage deleted(MailboxId mailbox) override;
    std::vector<Annotation> annotations(MailboxId mailbox, AccountId reader) override;
    Refusal annotate(MailboxId mailbox, std::vector<Notes> const& notes) override;

    Columns columns(MailboxId mailbox, ColumnSet wanted, UidRange uids) override;
    std::vector<MessageInfo> flags_of(MailboxId mailbox, UidSet const& uids) override;
    std::vector<FlagRow> flag_rows(MailboxId mailbox, UidRange uids) override;
    UidSet with_keyword(MailboxId mailbox, std::string_view keyword, UidRange uids) override;
    std::vector<Saved> saved_dates(MailboxId mailbox, UidRange uids) override;
    std::vector<std::int64_t> threads(AccountId account, std::span<BodyId const> bodies) override;
    bool index_step() override;

    std::vector<DropItem> maildrop(MailboxId mailbox) override;
    std::size_t update_maildrop(MailboxId mailbox, DropUpdate const& update) override;

    Usage usage(AccountId account) override;
    std::vector<AccountId> accounts() override;
    void remove_account(AccountId account) override;
    Subscription subscribe(AccountId account, std::function<void(MailboxId)> news) override;
    Upkeep& upkeep() override { return upkeep_; }
    void forget_readings(base::Timestamp before) override;
    void sweep() override;

    /// For tests without a thread: indexes what is not, and takes out what has gone.
    void fill_text_index();
    /// For tests without a thread: packs what is worth it, and takes out what has gone.
    void fill_packs();

private:
    void shorten_expunge_logs();
    PreparedBody prepare(BodySource const& source);
    /// Throws StoreError (full) when the disk has no room for new messages.
    void must_have_room();
    /// Of a body without an index of this version.
    SearchIndex search_index_from_header(db::Reader& reader, BodyId body);
    void note_unindexed(BodyId body);
    std::int64_t thread_of_body(db::Reader& reader, AccountId account, BodyId body);
    class ColumnReader;
    class IndexReader;
    base::Timestamp now() const { return settings_.clock.now(); }

    std::string const folder_;
    StoreSettings const settings_;
    BlobStore blobs_;
    db::Database database_;
    ChangeFeed feed_;
    ColumnCache column_cache_;
    std::mutex unindexed_mutex_;
    std::set<BodyId> unindexed_; ///< met without an index: index_step() makes it
    SqlUpkeep upkeep_;
    text::TextIndex text_index_;
    packs::PackFile packs_;
    text::TextFiller text_filler_; ///< last: its thread uses what stands above, and so does the next one's
    packs::Packer packer_;
};

std::unique_ptr<MailStore> make_sql_mail_store(std::string const& folder, StoreSettings settings);

} // namespace maild::mailbox
