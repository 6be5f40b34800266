#pragma once
// A MailStore that stands before another one and throws StoreError while `fails` is set.

#include "maild/mailbox/store.h"

namespace maild::mailbox
{

/// Nothing is changed by a call that throws.
class FailingStore final : public MailStore
{
public:
    explicit FailingStore(MailStore& real) : real_(real) {}
    bool fails = false;

    void ensure_account(AccountId account) override { real().ensure_account(account); }
    std::vector<Mailbox> mailboxes(AccountId a) override { return real().mailboxes(a); }
    std::optional<Mailbox> find(AccountId a, std::string_view n) override { return real().find(a, n); }
    Refusal create(AccountId a, std::string_view n, SpecialUse u) override { return real().create(a, n, u); }
    Refusal rename(AccountId a, std::string_view f, std::string_view t) override { return real().rename(a, f, t); }
    Refusal remove(AccountId a, std::string_view n) override { return real().remove(a, n); }
    Refusal set_subscribed(AccountId a, std::string_view n, bool s) override
    {
        return real().set_subscribed(a, n, s);
    }
    std::vector<std::string> subscriptions(AccountId a) override { return real().subscriptions(a); }
    std::vector<std::vector<Delivered>> deliver(std::vector<Delivery> const& d) override { return real().deliver(d); }
    Appended append(AccountId a, std::string_view m, BodySource const& b, Flags const& f, base::Timestamp t,
                    std::uint64_t q) override
    {
        return real().append(a, m, b, f, t, q);
    }
    std::vector<Appended> append_all(AccountId a, std::string_view m, std::vector<NewMessage> const& n,
                                     std::uint64_t q) override
    {
        return real().append_all(a, m, n, q);
    }
    std::vector<MessageInfo> messages(MailboxId m) override { return real().messages(m); }
    std::optional<Overview> overview(MailboxId m, Uid r) override { return real().overview(m, r); }
    UidSet uids_at(MailboxId m, ModSeq s, Uid n) override { return real().uids_at(m, s, n); }
    std::vector<MessageInfo> messages(MailboxId m, UidSet const& u, Uid f, std::size_t n) override
    {
        return real().messages(m, u, f, n);
    }
    UidSet marked_deleted(MailboxId m) override { return real().marked_deleted(m); }
    std::uint32_t count_from(MailboxId m, Uid u) override { return real().count_from(m, u); }
    Changes changes_since(MailboxId m, ModSeq s, std::span<ModSeq const> o) override
    {
        return real().changes_since(m, s, o);
    }
    Uid claim_recent(MailboxId m) override { return real().claim_recent(m); }
    std::vector<MessageIndex> index(std::span<BodyId const> b) override { return real().index(b); }
    std::unique_ptr<BodyReader> open(BodyId b) override { return real().open(b); }
    FlagsStored store_flags(MailboxId m, UidSet const& u, FlagChange c, Flags const& f, FlagOptions const& o) override
    {
        return real().store_flags(m, u, c, f, o);
    }
    Copied copy(MailboxId m, UidSet const& u, std::string_view t, std::uint64_t q) override
    {
        return real().copy(m, u, t, q);
    }
    Copied move(MailboxId m, UidSet const& u, std::string_view t) override { return real().move(m, u, t); }
    UidSet expunge(MailboxId m, UidSet const& u, Means by) override { return real().expunge(m, u, by); }
    TextCandidates text_candidates(MailboxId m, std::span<BodyId const> b, std::string_view n,
                                   message::SearchScope s) override
    {
        return real().text_candidates(m, b, n, s);
    }
    bool text_holds(BodyId b, std::string_view n, message::SearchScope s) override
    {
        return real().text_holds(b, n, s);
    }
    Columns columns(MailboxId m, ColumnSet w, UidSpan u) override { return real().columns(m, w, u); }
    std::vector<FlagRow> flag_rows(MailboxId m, UidSpan u) override { return real().flag_rows(m, u); }
    std::vector<Uid> with_keyword(MailboxId m, std::string_view k, UidSpan u) override
    {
        return real().with_keyword(m, k, u);
    }
    std::vector<Saved> saved_dates(MailboxId m, UidSpan u) override { return real().saved_dates(m, u); }
    std::vector<std::int64_t> threads(AccountId a, std::span<BodyId const> b) override
    {
        return real().threads(a, b);
    }
    bool index_step() override { return real().index_step(); }
    Upkeep& upkeep() override { return real().upkeep(); }
    std::vector<AclEntry> acl(MailboxId m) override { return real().acl(m); }
    Refusal set_acl(MailboxId m, AclEntry const& e) override { return real().set_acl(m, e); }
    Rights rights(MailboxId m, std::span<std::string const> i) override { return real().rights(m, i); }
    std::vector<SharedMailbox> shared_with(std::span<std::string const> i) override { return real().shared_with(i); }
    void ensure_shared(std::string_view n, std::vector<AclEntry> const& e) override { real().ensure_shared(n, e); }
    void offer_subscription(AccountId a, std::string_view n) override { real().offer_subscription(a, n); }
    UidSet seen_by(MailboxId m, AccountId r) override { return real().seen_by(m, r); }
    std::vector<MessageInfo> set_seen_by(MailboxId m, AccountId r, UidSet const& u, Seen s) override
    {
        return real().set_seen_by(m, r, u, s);
    }
    Usage deleted(MailboxId m) override { return real().deleted(m); }
    std::vector<Annotation> annotations(MailboxId m, AccountId r) override { return real().annotations(m, r); }
    Refusal annotate(MailboxId m, std::vector<Notes> const& n) override { return real().annotate(m, n); }
    std::vector<DropItem> maildrop(MailboxId m) override { return real().maildrop(m); }
    std::size_t update_maildrop(MailboxId m, DropUpdate const& u) override { return real().update_maildrop(m, u); }
    Usage usage(AccountId a) override { return real().usage(a); }
    Subscription subscribe(AccountId a, std::function<void(MailboxId)> n) override
    {
        return real().subscribe(a, std::move(n));
    }
    void forget_readings(base::Timestamp t) override { real().forget_readings(t); }
    std::vector<AccountId> accounts() override { return real().accounts(); }
    void remove_account(AccountId a) override { real().remove_account(a); }
    void sweep() override { real().sweep(); }

private:
    MailStore& real()
    {
        if (fails) throw base::StoreError(base::StoreFault::unavailable, "as the test wanted");
        return real_;
    }
    MailStore& real_;
};

} // namespace maild::mailbox
