// What a session answers when the store cannot: the client is told, nothing is lost, the session goes on.

#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

namespace mailbox = maild::mailbox;
using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

namespace
{
/// The real store behind a door that can be shut for writing or for everything.
class FailingStore final : public mailbox::MailStore
{
public:
    enum class Door { open, read_only, shut };
    Door door = Door::open;
    base::StoreFault fault = base::StoreFault::full;

    explicit FailingStore(MailStore& real) : real_(real) {}

    void ensure_account(mailbox::AccountId account) override { return write().ensure_account(account); }
    std::vector<mailbox::Mailbox> mailboxes(mailbox::AccountId account) override { return read().mailboxes(account); }
    std::optional<mailbox::Mailbox> find(mailbox::AccountId account, std::string_view name) override
    {
        return read().find(account, name);
    }
    mailbox::Refusal create(mailbox::AccountId account, std::string_view name, mailbox::SpecialUse use) override
    {
        return write().create(account, name, use);
    }
    mailbox::Refusal rename(mailbox::AccountId account, std::string_view from, std::string_view to) override
    {
        return write().rename(account, from, to);
    }
    mailbox::Refusal remove(mailbox::AccountId account, std::string_view name) override
    {
        return write().remove(account, name);
    }
    mailbox::Refusal set_subscribed(mailbox::AccountId account, std::string_view name, bool subscribed) override
    {
        return write().set_subscribed(account, name, subscribed);
    }
    std::vector<std::string> subscriptions(mailbox::AccountId account) override
    {
        return read().subscriptions(account);
    }
    std::vector<std::vector<mailbox::Delivered>> deliver(std::vector<mailbox::Delivery> const& deliveries) override
    {
        return write().deliver(deliveries);
    }
    mailbox::Appended append(mailbox::AccountId account, std::string_view name, mailbox::BodySource const& body,
                             mailbox::Flags const& flags, base::Timestamp date, std::uint64_t quota) override
    {
        return write().append(account, name, body, flags, date, quota);
    }
    std::vector<mailbox::Appended> append_all(mailbox::AccountId account, std::string_view name,
                                              std::vector<NewMessage> const& messages, std::uint64_t quota) override
    {
        return write().append_all(account, name, messages, quota);
    }
    std::vector<mailbox::MessageInfo> messages(mailbox::MailboxId id) override { return read().messages(id); }
    std::optional<mailbox::Overview> overview(mailbox::MailboxId id, mailbox::Uid recent_from) override
    {
        return read().overview(id, recent_from);
    }
    mailbox::UidSet uids_at(mailbox::MailboxId id, mailbox::ModSeq modseq, mailbox::Uid uid_next) override
    {
        return read().uids_at(id, modseq, uid_next);
    }
    std::vector<mailbox::MessageInfo> messages(mailbox::MailboxId id, mailbox::UidSet const& uids, mailbox::Uid from,
                                               std::size_t most) override
    {
        return read().messages(id, uids, from, most);
    }
    mailbox::UidSet marked_deleted(mailbox::MailboxId id) override { return read().marked_deleted(id); }
    std::uint32_t count_from(mailbox::MailboxId id, mailbox::Uid uid) override { return read().count_from(id, uid); }
    mailbox::Changes changes_since(mailbox::MailboxId id, mailbox::ModSeq modseq,
                                   std::span<mailbox::ModSeq const> own) override
    {
        return read().changes_since(id, modseq, own);
    }
    mailbox::Uid claim_recent(mailbox::MailboxId id) override { return write().claim_recent(id); }
    std::vector<mailbox::MessageIndex> index(std::span<mailbox::BodyId const> bodies) override
    {
        return read().index(bodies);
    }
    std::unique_ptr<mailbox::BodyReader> open(mailbox::BodyId body) override { return read().open(body); }
    FlagsStored store_flags(mailbox::MailboxId id, mailbox::UidSet const& uids, mailbox::FlagChange change,
                            mailbox::Flags const& flags, mailbox::FlagOptions const& options) override
    {
        return write().store_flags(id, uids, change, flags, options);
    }
    mailbox::Copied copy(mailbox::MailboxId id, mailbox::UidSet const& uids, std::string_view target,
                         std::uint64_t quota) override
    {
        return write().copy(id, uids, target, quota);
    }
    mailbox::Copied move(mailbox::MailboxId id, mailbox::UidSet const& uids, std::string_view target) override
    {
        return write().move(id, uids, target);
    }
    mailbox::UidSet expunge(mailbox::MailboxId id, mailbox::UidSet const& uids, mailbox::Means read_by) override
    {
        return write().expunge(id, uids, read_by);
    }
    mailbox::TextCandidates text_candidates(mailbox::MailboxId mailbox, std::span<mailbox::BodyId const> bodies,
                                            std::string_view needle, message::SearchScope scope) override
    {
        return read().text_candidates(mailbox, bodies, needle, scope);
    }
    bool text_holds(mailbox::BodyId body, std::string_view needle, message::SearchScope scope) override
    {
        return read().text_holds(body, needle, scope);
    }
    mailbox::Columns columns(mailbox::MailboxId mailbox, mailbox::ColumnSet wanted, mailbox::UidSpan uids) override
    {
        return read().columns(mailbox, wanted, uids);
    }
    std::vector<mailbox::FlagRow> flag_rows(mailbox::MailboxId mailbox, mailbox::UidSpan uids) override
    {
        return read().flag_rows(mailbox, uids);
    }
    std::vector<mailbox::Uid> with_keyword(mailbox::MailboxId mailbox, std::string_view keyword,
                                           mailbox::UidSpan uids) override
    {
        return read().with_keyword(mailbox, keyword, uids);
    }
    std::vector<Saved> saved_dates(mailbox::MailboxId mailbox, mailbox::UidSpan uids) override
    {
        return read().saved_dates(mailbox, uids);
    }
    std::vector<std::int64_t> threads(mailbox::AccountId account, std::span<mailbox::BodyId const> bodies) override
    {
        return read().threads(account, bodies);
    }
    bool index_step() override { return read().index_step(); }
    mailbox::Upkeep& upkeep() override { return real_.upkeep(); }
    std::vector<mailbox::AclEntry> acl(mailbox::MailboxId id) override { return read().acl(id); }
    mailbox::Refusal set_acl(mailbox::MailboxId id, mailbox::AclEntry const& entry) override
    {
        return write().set_acl(id, entry);
    }
    mailbox::Rights rights(mailbox::MailboxId id, std::span<std::string const> identifiers) override
    {
        return read().rights(id, identifiers);
    }
    std::vector<mailbox::SharedMailbox> shared_with(std::span<std::string const> identifiers) override
    {
        return read().shared_with(identifiers);
    }
    void ensure_shared(std::string_view name, std::vector<mailbox::AclEntry> const& entries) override
    {
        write().ensure_shared(name, entries);
    }
    void offer_subscription(mailbox::AccountId account, std::string_view name) override
    {
        write().offer_subscription(account, name);
    }
    mailbox::UidSet seen_by(mailbox::MailboxId id, mailbox::AccountId reader) override
    {
        return read().seen_by(id, reader);
    }
    std::vector<mailbox::MessageInfo> set_seen_by(mailbox::MailboxId id, mailbox::AccountId reader,
                                                  mailbox::UidSet const& uids, Seen seen) override
    {
        return write().set_seen_by(id, reader, uids, seen);
    }
    Usage deleted(mailbox::MailboxId id) override { return read().deleted(id); }
    std::vector<mailbox::Annotation> annotations(mailbox::MailboxId id, mailbox::AccountId reader) override
    {
        return read().annotations(id, reader);
    }
    mailbox::Refusal annotate(mailbox::MailboxId id, std::vector<Notes> const& notes) override
    {
        return write().annotate(id, notes);
    }
    std::vector<DropItem> maildrop(mailbox::MailboxId id) override { return read().maildrop(id); }
    std::size_t update_maildrop(mailbox::MailboxId id, DropUpdate const& update) override
    {
        return write().update_maildrop(id, update);
    }
    Usage usage(mailbox::AccountId account) override { return read().usage(account); }
    Subscription subscribe(mailbox::AccountId account, std::function<void(mailbox::MailboxId)> news) override
    {
        return real_.subscribe(account, std::move(news));
    }
    void forget_readings(base::Timestamp before) override { real_.forget_readings(before); }
    std::vector<mailbox::AccountId> accounts() override { return real_.accounts(); }
    void remove_account(mailbox::AccountId account) override { real_.remove_account(account); }
    void sweep() override { real_.sweep(); }

private:
    MailStore& read()
    {
        if (door == Door::shut) throw base::StoreError(fault, "the door is shut");
        return real_;
    }
    MailStore& write()
    {
        if (door != Door::open) throw base::StoreError(fault, "the door is shut");
        return real_;
    }
    MailStore& real_;
};

/// A school whose store can fail.
struct FailingSchool : ImapSchool {
    std::unique_ptr<mailbox::MailStore> real = std::move(store);
    FailingStore* failing = nullptr;

    FailingSchool()
    {
        auto owner = std::make_unique<FailingStore>(*real);
        failing = owner.get();
        store = std::move(owner);
    }
    ~FailingSchool() { store.reset(); }
};
} // namespace

TEST_CASE("a full disk refuses what writes, and mail can still be read", "[imap][faults]")
{
    FailingSchool school;
    ImapClient client(school);
    client.log_in();
    client.append("INBOX", mail("satu"));
    client.say("s SELECT INBOX");
    school.failing->door = FailingStore::Door::read_only;
    auto const full = " NO [UNAVAILABLE] The server's disk is full; nothing was changed\r\n";
    CHECK(client.append("INBOX", mail("dua")) == std::string("A") + full);
    CHECK(client.say("b STORE 1 +FLAGS (\\Seen)") == std::string("b") + full);
    CHECK(client.say("c COPY 1 Sent") == std::string("c") + full);
    CHECK(client.say("d CREATE x") == std::string("d") + full);
    CHECK(has(client.say("e FETCH 1 BODY[]"), "Subject: satu"));
    CHECK(has(client.say("f SEARCH TEXT isi"), "* SEARCH 1\r\nf OK"));
    school.failing->door = FailingStore::Door::open;
    CHECK(has(client.append("INBOX", mail("dua")), "* 2 EXISTS\r\n"));
}

TEST_CASE("a store that is gone is told and found again", "[imap][faults]")
{
    FailingSchool school;
    ImapClient client(school);
    client.open_inbox();
    school.failing->door = FailingStore::Door::shut;
    school.failing->fault = base::StoreFault::unavailable;
    CHECK(has(client.say("a SELECT INBOX"), "a NO [UNAVAILABLE]"));
    CHECK(has(client.say("b LIST \"\" *"), "b NO [UNAVAILABLE]"));
    CHECK(client.append("INBOX", mail("satu")) ==
          "A NO [UNAVAILABLE] The mail store does not answer now; try again later\r\n");
    CHECK(client.say("c NOOP") == "c OK Nothing done\r\n");
    school.failing->door = FailingStore::Door::open;
    CHECK(has(client.say("d SELECT INBOX"), "d OK [READ-WRITE]"));
}

TEST_CASE("news that cannot be read now do not spoil the answer and come later", "[imap][faults]")
{
    FailingSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.open_inbox();
    other.log_in();
    other.append("INBOX", mail("satu"));
    school.failing->door = FailingStore::Door::shut;
    CHECK(client.say("a NOOP") == "a OK Nothing done\r\n");
    school.failing->door = FailingStore::Door::open;
    CHECK(client.say("b NOOP") == "* 1 EXISTS\r\n* 1 RECENT\r\nb OK Nothing done\r\n");
}

TEST_CASE("a large message that cannot be kept is refused after it was read", "[imap][faults]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    ::rmdir((school.folder / "tmp").c_str());
    CHECK(has(client.append("INBOX", std::string(100000, 'x')), "A NO [UNAVAILABLE]"));
    CHECK(client.say("b NOOP") == "b OK Nothing done\r\n");
}

TEST_CASE("a client that goes in the middle of an APPEND leaves nothing", "[imap][faults]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    client.send("a APPEND INBOX {100000+}\r\nSubject: x\r\n");
    client.hang_up();
    CHECK_THROWS_AS(client.session().run(), net::Disconnected);
    CHECK(std::filesystem::is_empty(school.folder / "tmp"));
    CHECK(school.store->find(1, "INBOX")->messages == 0);
}
