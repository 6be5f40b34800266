#pragma once
// A MailStore that hands everything to another one: the ground for stores that stand before it and change a little.

#include "maild/mailbox/store.h"

namespace maild::mailbox
{

class ForwardingStore : public MailStore
{
public:
    void ensure_account(AccountId account) override { writing().ensure_account(account); }
    std::vector<Mailbox> mailboxes(AccountId account) override { return reading().mailboxes(account); }
    std::optional<Mailbox> find(AccountId account, std::string_view name) override
    {
        return reading().find(account, name);
    }
    Refusal create(AccountId account, std::string_view name, SpecialUse use) override
    {
        return writing().create(account, name, use);
    }
    Refusal rename(AccountId account, std::string_view from, std::string_view to) override
    {
        return writing().rename(account, from, to);
    }
    Refusal remove(AccountId account, std::string_view name) override { return writing().remove(account, name); }
    Refusal set_subscribed(AccountId account, std::string_view name, bool subscribed) override
    {
        return writing().set_subscribed(account, name, subscribed);
    }
    std::vector<std::string> subscriptions(AccountId account) override { return reading().subscriptions(account); }
    std::vector<std::vector<Delivered>> deliver(std::vector<Delivery> const& deliveries) override
    {
        return writing().deliver(deliveries);
    }
    Appended append(AccountId account, std::string_view mailbox, BodySource const& body, Flags const& flags,
                    base::Timestamp internal_date, std::uint64_t quota) override
    {
        return writing().append(account, mailbox, body, flags, internal_date, quota);
    }
    std::vector<Appended> append_all(AccountId account, std::string_view mailbox,
                                     std::vector<NewMessage> const& messages, std::uint64_t quota,
                                     std::optional<Replaced> const& replaced) override
    {
        return writing().append_all(account, mailbox, messages, quota, replaced);
    }
    std::vector<MessageInfo> messages(MailboxId mailbox) override { return reading().messages(mailbox); }
    std::optional<Overview> overview(MailboxId mailbox, Uid recent_from) override
    {
        return reading().overview(mailbox, recent_from);
    }
    UidSet uids_at(MailboxId mailbox, ModSeq modseq, Uid uid_next) override
    {
        return reading().uids_at(mailbox, modseq, uid_next);
    }
    std::vector<MessageInfo> messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most) override
    {
        return reading().messages(mailbox, uids, from, most);
    }
    std::vector<MessageIndex> index_of(MailboxId mailbox, UidSet const& uids, unsigned parts) override
    {
        return reading().index_of(mailbox, uids, parts);
    }
    UidSet marked_deleted(MailboxId mailbox) override { return reading().marked_deleted(mailbox); }
    std::uint32_t count_from(MailboxId mailbox, Uid uid) override { return reading().count_from(mailbox, uid); }
    Changes changes_since(MailboxId mailbox, ModSeq modseq, std::span<ModSeq const> own) override
    {
        return reading().changes_since(mailbox, modseq, own);
    }
    Uid claim_recent(MailboxId mailbox) override { return writing().claim_recent(mailbox); }
    std::vector<MessageIndex> index(std::span<BodyId const> bodies) override { return reading().index(bodies); }
    std::unique_ptr<BodyReader> open(BodyId body) override { return reading().open(body); }
    FlagsStored store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change, Flags const& flags,
                            FlagOptions const& options) override
    {
        return writing().store_flags(mailbox, uids, change, flags, options);
    }
    Copied copy(MailboxId mailbox, UidSet const& uids, Target const& target) override
    {
        return writing().copy(mailbox, uids, target);
    }
    Copied move(MailboxId mailbox, UidSet const& uids, Target const& target) override
    {
        return writing().move(mailbox, uids, target);
    }
    UidSet expunge(MailboxId mailbox, UidSet const& uids, Means read_by) override
    {
        return writing().expunge(mailbox, uids, read_by);
    }
    TextCandidates text_candidates(MailboxId mailbox, std::span<BodyId const> bodies, std::string_view needle,
                                   message::SearchScope scope) override
    {
        return reading().text_candidates(mailbox, bodies, needle, scope);
    }
    bool text_holds(BodyId body, std::string_view needle, message::SearchScope scope) override
    {
        return reading().text_holds(body, needle, scope);
    }
    Columns columns(MailboxId mailbox, ColumnSet wanted, UidRange uids) override
    {
        return reading().columns(mailbox, wanted, uids);
    }
    std::vector<MessageInfo> flags_of(MailboxId mailbox, UidSet const& uids) override
    {
        return reading().flags_of(mailbox, uids);
    }
    std::vector<FlagRow> flag_rows(MailboxId mailbox, UidRange uids) override
    {
        return reading().flag_rows(mailbox, uids);
    }
    UidSet with_keyword(MailboxId mailbox, std::string_view keyword, UidRange uids) override
    {
        return reading().with_keyword(mailbox, keyword, uids);
    }
    std::vector<Saved> saved_dates(MailboxId mailbox, UidRange uids) override
    {
        return reading().saved_dates(mailbox, uids);
    }
    std::vector<std::int64_t> threads(AccountId account, std::span<BodyId const> bodies) override
    {
        return reading().threads(account, bodies);
    }
    bool index_step() override { return writing().index_step(); }
    Usage usage(AccountId account) override { return reading().usage(account); }

    std::vector<AclEntry> acl(MailboxId mailbox) override { return reading().acl(mailbox); }
    Refusal set_acl(MailboxId mailbox, AclEntry const& entry) override { return writing().set_acl(mailbox, entry); }
    Rights rights(MailboxId mailbox, std::span<std::string const> identifiers) override
    {
        return reading().rights(mailbox, identifiers);
    }
    std::vector<SharedMailbox> shared_with(std::span<std::string const> identifiers) override
    {
        return reading().shared_with(identifiers);
    }
    void ensure_shared(std::string_view name, std::vector<AclEntry> const& entries) override
    {
        writing().ensure_shared(name, entries);
    }
    void offer_subscription(AccountId account, std::string_view name) override
    {
        writing().offer_subscription(account, name);
    }
    UidSet seen_by(MailboxId mailbox, AccountId reader) override { return reading().seen_by(mailbox, reader); }
    FlagsStored set_seen_by(MailboxId mailbox, AccountId reader, UidSet const& uids, Seen seen) override
    {
        return writing().set_seen_by(mailbox, reader, uids, seen);
    }
    Usage deleted(MailboxId mailbox) override { return reading().deleted(mailbox); }
    std::vector<Annotation> annotations(MailboxId mailbox, AccountId reader) override
    {
        return reading().annotations(mailbox, reader);
    }
    Refusal annotate(MailboxId mailbox, std::vector<Notes> const& notes) override
    {
        return writing().annotate(mailbox, notes);
    }
    std::vector<DropItem> maildrop(MailboxId mailbox) override { return reading().maildrop(mailbox); }
    std::size_t update_maildrop(MailboxId mailbox, DropUpdate const& update) override
    {
        return writing().update_maildrop(mailbox, update);
    }

    Subscription subscribe(AccountId account, std::function<void(MailboxId)> news) override
    {
        return real().subscribe(account, std::move(news));
    }
    std::vector<AccountId> accounts() override { return real().accounts(); }
    void remove_account(AccountId account) override { real().remove_account(account); }
    Upkeep& upkeep() override { return real().upkeep(); }
    void forget_readings(base::Timestamp before) override { real().forget_readings(before); }
    void sweep() override { real().sweep(); }

protected:
    explicit ForwardingStore(MailStore& real) : real_(real) {}
    MailStore& real() { return real_; }
    /// Where questions and changes go; may throw base::StoreError.
    virtual MailStore& reading() { return real_; }
    virtual MailStore& writing() { return real_; }

private:
    MailStore& real_;
};

} // namespace maild::mailbox
