#include "tests/contract/mail_store.h"

#include <set>

namespace maild::mailbox::contract
{

namespace
{
std::vector<std::string> names(MailStore& store, AccountId account)
{
    std::vector<std::string> list;
    for (auto const& mailbox : store.mailboxes(account)) list.push_back(mailbox.name);
    return list;
}
using Names = std::vector<std::string>;
} // namespace

TEST_CASE("A new account has INBOX and the special mailboxes, subscribed", "[store]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    store->ensure_account(ali);
    CHECK(names(*store, ali) == Names{"Drafts", "INBOX", "Junk", "Sent", "Trash"});
    CHECK(store->subscriptions(ali) == Names{"Drafts", "INBOX", "Junk", "Sent", "Trash"});
    auto const sent = must_find(*store, ali, "Sent");
    CHECK(sent.special_use == SpecialUse::sent);
    CHECK(sent.subscribed);
    CHECK(sent.account == ali);
    CHECK(sent.uid_next == 1);
    CHECK(must_find(*store, ali).special_use == SpecialUse::none);
    CHECK(store->mailboxes(budi).empty());
}

TEST_CASE("INBOX is found in any case, other names are not", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    CHECK(must_find(*store, ali, "inBox").name == "INBOX");
    CHECK_FALSE(store->find(ali, "sent"));
    CHECK_FALSE(store->find(budi, "INBOX"));
}

TEST_CASE("CREATE makes missing superiors and ignores a separator at the end", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    CHECK(store->create(ali, "Kelas/X-TKJ-1/Tugas/") == Refusal::none);
    CHECK(store->find(ali, "Kelas"));
    CHECK(store->find(ali, "Kelas/X-TKJ-1"));
    CHECK(store->find(ali, "Kelas/X-TKJ-1/Tugas"));
    CHECK(store->create(ali, "Kelas") == Refusal::exists);
    CHECK(store->create(ali, "inbox") == Refusal::exists);
    CHECK(store->create(ali, "inbox/anak") == Refusal::none);
    CHECK(store->find(ali, "INBOX/anak"));
}

TEST_CASE("Names that are no names are refused", "[store]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    auto const before = names(*store, ali);
    for (std::string const& name :
         {std::string(), std::string("/"), std::string("/a"), std::string("a//b"), std::string("#news"),
          std::string("a*"), std::string("a%"), std::string("a\nb"), std::string("a\0b", 3), std::string("\xC3"),
          std::string("\xC0\x80"), std::string(256, 'x'), std::string(1001, 'y')}) {
        CHECK(store->create(ali, name) == Refusal::not_allowed);
        CHECK_FALSE(store->find(ali, name));
    }
    std::string deep = "a";
    for (int i = 0; i < 20; ++i) deep += "/a";
    CHECK(store->create(ali, deep) == Refusal::not_allowed);
    CHECK(names(*store, ali) == before);
    CHECK(store->create(ali, "Tugas é 日本 👋 & lain-lain") == Refusal::none);
}

TEST_CASE("A special use exists once in an account", "[store][rfc6154]")
{
    Opened store(Kind::rows);
    CHECK(store->create(ali, "Terkirim", SpecialUse::sent) == Refusal::not_allowed);
    CHECK(store->remove(ali, "Sent") == Refusal::none);
    CHECK(store->create(ali, "Terkirim", SpecialUse::sent) == Refusal::none);
    CHECK(must_find(*store, ali, "Terkirim").special_use == SpecialUse::sent);
}

TEST_CASE("A mailbox made again under its old name has a new UIDVALIDITY", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    std::set<std::uint32_t> seen;
    store->ensure_account(ali);
    for (int i = 0; i < 5; ++i) {
        REQUIRE(store->create(ali, "Arsip") == Refusal::none);
        CHECK(seen.insert(must_find(*store, ali, "Arsip").uid_validity).second);
        REQUIRE(store->remove(ali, "Arsip") == Refusal::none);
        if (i == 2) store.reopen();
    }
    for (auto const& mailbox : store->mailboxes(ali)) CHECK(seen.insert(mailbox.uid_validity).second);
}

TEST_CASE("DELETE removes the messages, refuses INBOX and leaves inferiors", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    REQUIRE(store->create(ali, "a/b") == Refusal::none);
    REQUIRE(store->append(ali, "a", {mail("satu")}, {}, 0, 0).refusal == Refusal::none);
    auto const id = must_find(*store, ali, "a").id;
    CHECK(store->remove(ali, "INBOX") == Refusal::not_allowed);
    CHECK(store->remove(ali, "none") == Refusal::missing);
    CHECK(store->remove(ali, "a") == Refusal::none);
    CHECK(store->find(ali, "a/b"));
    CHECK_FALSE(store->changes_since(id, 0).exists);
    CHECK(store->messages(id).empty());
    CHECK(store->usage(ali).bytes == 0);
    check_counters(*store, ali);
}

TEST_CASE("RENAME takes inferiors along and makes missing superiors", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    REQUIRE(store->create(ali, "a/b/c") == Refusal::none);
    REQUIRE(store->create(ali, "ab") == Refusal::none);
    REQUIRE(store->append(ali, "a/b", {mail("satu")}, {}, 0, 0).refusal == Refusal::none);
    auto const before = must_find(*store, ali, "a/b");
    CHECK(store->rename(ali, "a", "x/y") == Refusal::none);
    CHECK_FALSE(store->find(ali, "a"));
    CHECK_FALSE(store->find(ali, "a/b"));
    CHECK(store->find(ali, "x"));
    CHECK(store->find(ali, "ab"));
    CHECK(store->find(ali, "x/y/b/c"));
    auto const after = must_find(*store, ali, "x/y/b");
    CHECK(after.id == before.id);
    CHECK(after.uid_validity == before.uid_validity);
    CHECK(after.messages == 1);
}

TEST_CASE("RENAME refuses what cannot be and changes nothing", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    REQUIRE(store->create(ali, "a/b") == Refusal::none);
    REQUIRE(store->create(ali, "x/b") == Refusal::none);
    REQUIRE(store->remove(ali, "x") == Refusal::none); // x/b stays
    auto const before = names(*store, ali);
    CHECK(store->rename(ali, "none", "y") == Refusal::missing);
    CHECK(store->rename(ali, "a", "Sent") == Refusal::exists);
    CHECK(store->rename(ali, "a", "a/c") == Refusal::not_allowed);
    CHECK(store->rename(ali, "a", "b*") == Refusal::not_allowed);
    CHECK(store->rename(ali, "a", "x") == Refusal::exists); // a/b would meet x/b
    CHECK(store->rename(ali, "a", "p/q/" + std::string(255, 'x') + "/" + std::string(256, 'x')) ==
          Refusal::not_allowed);
    CHECK(names(*store, ali) == before);
}

TEST_CASE("RENAME of INBOX moves its messages and leaves INBOX empty", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    deliver(*store, ali, "satu");
    deliver(*store, ali, "dua");
    REQUIRE(store->create(ali, "INBOX/anak") == Refusal::none);
    auto const inbox = must_find(*store, ali);
    CHECK(store->rename(ali, "inbox", "Lama/2026") == Refusal::none);
    auto const empty = must_find(*store, ali);
    CHECK(empty.id == inbox.id);
    CHECK(empty.messages == 0);
    CHECK(empty.uid_next == inbox.uid_next);
    CHECK(uids_in(*store, ali, "Lama/2026").size() == 2);
    CHECK(store->find(ali, "INBOX/anak"));
    CHECK(store->changes_since(inbox.id, inbox.highest_modseq).expunged == std::vector<Uid>{1, 2});
    check_counters(*store, ali);
}

TEST_CASE("Subscriptions are names, with or without a mailbox", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    CHECK(store->set_subscribed(ali, "nanti", true) == Refusal::none);
    CHECK(store->set_subscribed(ali, "nanti", true) == Refusal::none);
    CHECK(store->set_subscribed(ali, "sEnt", false) == Refusal::none);
    CHECK(store->set_subscribed(ali, "Sent", false) == Refusal::none);
    CHECK(store->set_subscribed(ali, "a*", true) == Refusal::not_allowed);
    CHECK(store->subscriptions(ali) == Names{"Drafts", "INBOX", "Junk", "Trash", "nanti"});
    CHECK_FALSE(must_find(*store, ali, "Sent").subscribed);
    REQUIRE(store->create(ali, "nanti") == Refusal::none);
    CHECK(must_find(*store, ali, "nanti").subscribed);
    REQUIRE(store->remove(ali, "nanti") == Refusal::none);
    CHECK(store->subscriptions(ali).back() == "nanti");
}

TEST_CASE("The number of mailboxes has a limit", "[store]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    auto refusal = Refusal::none;
    int made = 0;
    while (refusal == Refusal::none && made < 6000) {
        // Nineteen levels at a time, to get there sooner.
        std::string name = "m" + std::to_string(made);
        for (int level = 1; level < 19; ++level) name += "/x";
        refusal = store->create(ali, name);
        made += 19;
    }
    CHECK(refusal == Refusal::too_many);
    CHECK(store->mailboxes(ali).size() <= 5000);
    CHECK(store->rename(ali, "Sent", "p/q/r/s/t/u/v/w/x/y/z/1/2/3/4/5/6/7/8") == Refusal::too_many);
    CHECK(store->find(ali, "Sent"));
}

} // namespace maild::mailbox::contract
