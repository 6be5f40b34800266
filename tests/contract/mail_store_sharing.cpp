#include "tests/contract/mail_store.h"

namespace maild::mailbox::contract
{

namespace
{
using Identifiers = std::vector<std::string>;
constexpr Rights reading = right_lookup | right_read | right_seen;

struct Shared {
    Opened store{Kind::rows};
    MailboxId id;

    Shared()
    {
        store->ensure_account(ali);
        store->create(ali, "Materi", SpecialUse::none);
        id = must_find(*store, ali, "Materi").id;
    }
};
} // namespace

TEST_CASE("Rights are letters, with the old c and d", "[store][rfc4314]")
{
    CHECK(show_rights(all_rights) == "lrswipkxteacd");
    CHECK(show_rights(reading) == "lrs");
    CHECK(show_rights(0).empty());
    CHECK(parse_rights("srl") == reading);
    CHECK(parse_rights("c") == (right_create | right_delete_mailbox));
    CHECK(parse_rights("d") == (right_delete_messages | right_expunge));
    CHECK(parse_rights("").value() == 0);
    CHECK_FALSE(parse_rights("lz"));
    CHECK_FALSE(parse_rights("L"));
}

TEST_CASE("Rights are what one identifier gives and none takes away", "[store][rfc4314]")
{
    Shared shared;
    auto& store = *shared.store;
    CHECK(store.rights(shared.id, Identifiers{"anyone", "@22"}) == 0);
    CHECK(store.set_acl(shared.id, {"$x-tkj-1", reading, false}) == Refusal::none);
    CHECK(store.set_acl(shared.id, {"@22", right_insert, false}) == Refusal::none);
    CHECK(store.set_acl(shared.id, {"@22", right_seen, true}) == Refusal::none);
    CHECK(store.rights(shared.id, Identifiers{"anyone", "@22", "$x-tkj-1"}) ==
          (right_lookup | right_read | right_insert));
    CHECK(store.rights(shared.id, Identifiers{"anyone", "@33"}) == 0);
    CHECK(store.acl(shared.id) == std::vector<AclEntry>{{"$x-tkj-1", reading, false},
                                                        {"@22", right_seen, true},
                                                        {"@22", right_insert, false}});
    CHECK(store.set_acl(shared.id, {"@22", 0, true}) == Refusal::none);
    CHECK(store.acl(shared.id).size() == 2);
    CHECK(store.set_acl(12345, {"@22", reading, false}) == Refusal::missing);
}

TEST_CASE("A mailbox made below a shared one is shared with the same people", "[store][rfc4314]")
{
    Shared shared;
    auto& store = *shared.store;
    store.set_acl(shared.id, {"@22", reading, false});
    CHECK(store.create(ali, "Materi/Bab 1/Gambar", SpecialUse::none) == Refusal::none);
    std::vector<std::string> names;
    for (auto const& one : store.shared_with(Identifiers{"@22"})) {
        CHECK(one.rights == reading);
        names.push_back(one.mailbox.name);
    }
    CHECK(names == Identifiers{"Materi", "Materi/Bab 1", "Materi/Bab 1/Gambar"});
    store.remove(ali, "Materi/Bab 1");
    CHECK(store.shared_with(Identifiers{"@22"}).size() == 2);
    CHECK(store.shared_with(Identifiers{"@33", "anyone"}).empty());
}

TEST_CASE("Too many entries of an ACL are refused and leave it as it was", "[store]")
{
    Shared shared;
    for (std::size_t i = 0; i < acl_entries_max; ++i)
        shared.store->set_acl(shared.id, {"@" + std::to_string(1000 + i), reading, false});
    CHECK(shared.store->set_acl(shared.id, {"@1", reading, false}) == Refusal::too_many);
    CHECK(shared.store->acl(shared.id).size() == acl_entries_max);
    CHECK(shared.store->set_acl(shared.id, {"@1000", right_lookup, false}) == Refusal::none);
}

TEST_CASE("The school's mailboxes have no INBOX and are made once", "[store]")
{
    Opened store(Kind::rows);
    store->ensure_shared("X-TKJ-1", {{"$x-tkj-1", reading, false}});
    store->ensure_shared("X-TKJ-1", {{"anyone", all_rights, false}});
    auto const all = store->mailboxes(shared_account);
    REQUIRE(all.size() == 1);
    CHECK(all[0].name == "X-TKJ-1");
    CHECK(store->rights(all[0].id, Identifiers{"anyone"}) == 0);
    CHECK(store->rights(all[0].id, Identifiers{"$x-tkj-1"}) == reading);
    store->ensure_account(shared_account);
    CHECK(store->mailboxes(shared_account).size() == 1);
}

TEST_CASE("A subscription is offered once", "[store]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    auto const has = [&] {
        auto const all = store->subscriptions(ali);
        return std::find(all.begin(), all.end(), "#kelas/X-TKJ-1") != all.end();
    };
    store->offer_subscription(ali, "#kelas/X-TKJ-1");
    CHECK(has());
    store->set_subscribed(ali, "#kelas/X-TKJ-1", false);
    store->offer_subscription(ali, "#kelas/X-TKJ-1");
    CHECK_FALSE(has());
    CHECK(store->set_subscribed(ali, "#kelas/X-TKJ-1", true) == Refusal::none);
    CHECK(has());
}

TEST_CASE("What readers have read is their own, and goes with the message", "[store]")
{
    Opened store(Kind::rows);
    for (auto const* const subject : {"satu", "dua", "tiga"}) deliver(*store, ali, subject);
    auto const inbox = must_find(*store, ali);
    UidSet const two(std::vector<Uid>{1, 3});
    auto const stored = store->set_seen_by(inbox.id, budi, two, MailStore::Seen::yes);
    CHECK(stored.modseqs == std::vector<ModSeq>{inbox.highest_modseq + 1});
    auto const& now = stored.now;
    REQUIRE(now.size() == 2);
    CHECK(now[0].flags.system == 0);
    CHECK(now[0].modseq == inbox.highest_modseq + 1);
    CHECK(store->seen_by(inbox.id, budi) == two);
    CHECK(store->seen_by(inbox.id, 33).empty());
    CHECK(must_find(*store, ali).unseen == 3);
    auto const changes = store->changes_since(inbox.id, inbox.highest_modseq);
    CHECK(changes.changed == two);
    store->set_seen_by(inbox.id, budi, two, MailStore::Seen::yes);
    CHECK(must_find(*store, ali).highest_modseq == inbox.highest_modseq + 1);
    store->set_seen_by(inbox.id, budi, std::vector<Uid>{1}, MailStore::Seen::no);
    store->expunge(inbox.id, std::vector<Uid>{3});
    CHECK(store->seen_by(inbox.id, budi).empty());
    check_counters(*store, ali);
}

TEST_CASE("Readers of a change are told, and the rights of who is gone go", "[store]")
{
    Shared shared;
    std::vector<MailboxId> heard;
    auto const token = shared.store->subscribe(ali, [&](MailboxId id) { heard.push_back(id); });
    shared.store->set_acl(shared.id, {"@22", reading, false});
    CHECK(heard == std::vector<MailboxId>{shared.id});
    shared.store->ensure_account(budi);
    shared.store->remove_account(budi);
    CHECK(shared.store->acl(shared.id).empty());
}

TEST_CASE("Deleted messages are counted with their bytes", "[store][rfc9208]")
{
    Opened store(Kind::rows);
    deliver(*store, ali, "satu");
    deliver(*store, ali, "dua");
    auto const inbox = must_find(*store, ali);
    CHECK(store->deleted(inbox.id) == MailStore::Usage{0, 0});
    store->store_flags(inbox.id, std::vector<Uid>{2}, FlagChange::add, {flag_deleted, {}});
    CHECK(store->deleted(inbox.id) == MailStore::Usage{mail("dua").size(), 1});
}

TEST_CASE("Notes are kept per reader, all or none", "[store][rfc5464]")
{
    Shared shared;
    auto& store = *shared.store;
    std::vector<Annotation> const notes{{"/shared/comment", std::string("a\0b", 3)}, {"/shared/vendor/x", "y"}};
    CHECK(store.annotate(shared.id, {{0, notes}}) == Refusal::none);
    CHECK(store.annotations(shared.id, 0) == notes);
    CHECK(store.annotations(shared.id, ali).empty());
    CHECK(store.annotate(shared.id, {{ali, {{"/private/comment", "milik ali"}}}}) == Refusal::none);
    CHECK(store.annotate(shared.id, {{0, {{"/shared/comment", std::nullopt}}}}) == Refusal::none);
    CHECK(store.annotations(shared.id, 0).size() == 1);
    CHECK(store.annotations(shared.id, ali).size() == 1);
    std::vector<Annotation> many;
    for (std::size_t i = 0; i < annotations_max; ++i) many.push_back({"/shared/x" + std::to_string(i), "v"});
    CHECK(store.annotate(shared.id, {{0, many}}) == Refusal::too_many);
    CHECK(store.annotations(shared.id, 0).size() == 1);
    CHECK(store.annotate(12345, {{0, notes}}) == Refusal::missing);
    store.remove(ali, "Materi");
    CHECK(store.annotations(shared.id, ali).empty());
}

} // namespace maild::mailbox::contract
