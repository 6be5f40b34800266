#pragma once
// Upkeep over mail.db and blobs/: sql_check.cpp, sql_repair.cpp, sql_import.cpp, sql_upkeep.cpp.

#include "appliance/db/database.h"
#include "maild/mailbox/blob_store.h"
#include "maild/mailbox/change_feed.h"
#include "maild/mailbox/prepared_body.h"
#include "maild/mailbox/upkeep.h"

#include <map>

namespace maild::mailbox
{

class SqlUpkeep final : public Upkeep
{
public:
    struct Parts {
        db::Database& database;
        BlobStore& blobs;
        ChangeFeed& feed;
        base::Clock const& clock;
        std::function<PreparedBody(BodySource const&)> prepare;
        std::function<void()> must_have_room;
    };
    explicit SqlUpkeep(Parts parts) : parts_(std::move(parts)) {}

    std::vector<Finding> check(AccountId account, CheckOptions const& options) override;
    std::vector<Finding> check_store(CheckOptions const& options) override;
    void view(AccountId account, std::function<void(AccountView&)> const& look) override;
    bool adopt_uids(AccountId account, std::string_view mailbox, std::uint32_t uid_validity) override;
    std::vector<bool> known(AccountId account, std::vector<std::string> const& keys) override;
    ImportResult import(ImportTarget const& target, std::vector<Import> const& messages) override;
    void raise_uid_next(AccountId account, std::string_view mailbox, Uid uid_next) override;
    void notice_others() override;
    bool has_guests() override { return parts_.blobs.has_guests(); }
    base::Timestamp last_check() override;
    void note_check(base::Timestamp when) override;
    void doubt_all_files() override { parts_.blobs.doubt_all(); }

private:
    void check_mailbox(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings);
    void check_bytes(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings);
    std::optional<Finding> check_account(AccountId account, bool repair);
    bool make_inbox(AccountId account);
    /// Hands bodies that nobody refers to over to the sweep.
    bool release_unused();
    /// Mends what the findings of one mailbox say; marks them.
    void repair_mailbox(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings);
    bool replace_message(Mailbox const& mailbox, Finding const& finding, std::string const& explanation);
    base::Timestamp now() const { return parts_.clock.now(); }

    struct Known {
        AccountId account = 0;
        ModSeq modseq = 0;
    };
    Parts const parts_;
    std::mutex known_mutex_;
    std::optional<std::map<MailboxId, Known>> known_; ///< as of the last notice_others()
    std::size_t looked_at_ = 0;                       ///< of the check that runs
};

} // namespace maild::mailbox
