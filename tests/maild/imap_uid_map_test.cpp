// Sets of UIDs, the map between UIDs and sequence numbers, and a view that reads no more than it must.

#include "maild/imap/uid_map.h"
#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/failing_store.h"

#include <random>
#include <set>

using maild::imap::UidMap;
using maild::mailbox::Uid;
using maild::mailbox::UidRange;
using maild::mailbox::UidSet;
using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

namespace
{
using Uids = std::vector<Uid>;
constexpr Uid greatest = 4294967295U;

std::set<Uid> plain(UidSet const& set)
{
    auto const uids = set.uids();
    return {uids.begin(), uids.end()};
}
} // namespace

TEST_CASE("a set of UIDs joins what touches, up to the last UID there can be", "[imap][uids]")
{
    CHECK(UidSet(Uids{3, 1, 2, 2, 9}).ranges() == std::vector<UidRange>{{1, 3}, {9, 9}});
    CHECK(UidSet::of({{10, 20}, {1, 9}, {greatest, greatest}}).ranges() ==
          std::vector<UidRange>{{1, 20}, {greatest, greatest}});
    auto const most = UidSet::of({1, greatest});
    CHECK(most.size() == greatest);
    CHECK((most - UidSet::of({2, greatest - 1})) == Uids{1, greatest});
    CHECK((most - most).empty());
    CHECK((most & UidSet::of({greatest, greatest})).uids() == Uids{greatest});
    UidSet set = Uids{5};
    set.add(7);
    set.add({1, 2});
    set.add({3, 6});
    CHECK(set.ranges() == std::vector<UidRange>{{1, 7}});
}

TEST_CASE("sets of UIDs calculate as plain sets do", "[imap][uids]")
{
    std::mt19937 random(20261128);
    auto const any = [&] {
        Uids uids;
        for (auto count = random() % 40; count > 0; --count) uids.push_back(static_cast<Uid>(random() % 60 + 1));
        return UidSet(uids);
    };
    for (int i = 0; i < 500; ++i) {
        auto const a = any();
        auto const b = any();
        std::set<Uid> both;
        std::set<Uid> either = plain(a);
        std::set<Uid> rest;
        for (auto const uid : plain(b)) either.insert(uid);
        for (auto const uid : plain(a)) (b.contains(uid) ? both : rest).insert(uid);
        REQUIRE(plain(a & b) == both);
        REQUIRE(plain(a | b) == either);
        REQUIRE(plain(a - b) == rest);
        REQUIRE(a.size() == plain(a).size());
        UidSet joined;
        for (auto const& piece : a.pieces(7)) {
            REQUIRE(piece.size() <= 7);
            joined = joined | piece;
        }
        REQUIRE(joined == a);
    }
}

TEST_CASE("the map gives each UID its number, through additions and removals", "[imap][uids]")
{
    std::mt19937 random(20261129);
    UidMap map;
    Uids plain;
    Uid next = 1;
    for (int i = 0; i < 300; ++i) {
        if (random() % 2 == 0 || plain.size() < 5) {
            Uids more;
            for (auto count = random() % 9; count > 0; --count, next += 1 + static_cast<Uid>(random() % 2))
                more.push_back(next);
            map.add(more);
            plain.insert(plain.end(), more.begin(), more.end());
        } else {
            auto const at = plain.begin() + static_cast<std::ptrdiff_t>(random() % plain.size());
            map.remove(Uids{*at});
            plain.erase(at);
        }
        REQUIRE(map.size() == plain.size());
        REQUIRE(map.last() == (plain.empty() ? 0 : plain.back()));
        for (std::uint32_t number = 1; number <= map.size(); ++number) {
            REQUIRE(map.uid(number) == plain[number - 1]);
            REQUIRE(map.number(plain[number - 1]) == number);
        }
        REQUIRE(map.uids() == plain);
        REQUIRE_FALSE(map.number(next + 1));
        if (map.size() < 3) continue;
        REQUIRE(map.uids(2, map.size() - 1).uids() == Uids(plain.begin() + 1, plain.end() - 1));
        REQUIRE(map.known(Uids{plain[1], next + 5}) == Uids{plain[1]});
    }
}

TEST_CASE("a map of a million messages without gaps is one run", "[imap][uids]")
{
    UidMap map(UidSet::of({1, 1000000}));
    map.remove(Uids{500000});
    CHECK(map.runs() == 2);
    CHECK(map.number(1000000) == 999999U);
    CHECK(map.uid(500000) == 500001U);
}

TEST_CASE("what another session expunged before the numbers were read keeps its number until it is told",
          "[imap][view]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    for (auto const* const subject : {"satu", "dua", "tiga", "empat"}) client.append("INBOX", mail(subject));
    client.say("a SELECT INBOX");
    other.open_inbox();
    other.say("a STORE 2 +FLAGS (\\Deleted)");
    CHECK(has(other.say("b EXPUNGE"), "* 2 EXPUNGE"));
    other.append("INBOX", mail("lima"));
    // FETCH may not renumber: the gone message is missing, and the last one is still number 4.
    auto const fetched = client.say("b FETCH 1:* UID");
    CHECK(has(fetched, "* 1 FETCH (UID 1)\r\n* 3 FETCH (UID 3)\r\n* 4 FETCH (UID 4)\r\n"));
    CHECK(has(fetched, "* 5 EXISTS"));
    CHECK(has(fetched, "b NO [EXPUNGEISSUED]"));
    CHECK(has(client.say("c STORE 2 +FLAGS (x)"), "c NO [EXPUNGEISSUED]"));
    CHECK(client.say("d NOOP") == "* 2 EXPUNGE\r\nd OK Nothing done\r\n");
    CHECK(has(client.say("e FETCH 2:4 UID"), "* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 4)\r\n* 4 FETCH (UID 5)\r\ne OK"));
}

TEST_CASE("a mailbox with gaps has the same numbers in every session", "[imap][view]")
{
    ImapSchool school;
    std::vector<maild::mailbox::MailStore::NewMessage> messages(40, {{"Subject: x\r\n\r\nx\r\n"}, {}, 0});
    school.store->ensure_account(1);
    school.store->append_all(1, "INBOX", messages, 0);
    Uids odd;
    for (Uid uid = 1; uid < 40; uid += 2) odd.push_back(uid);
    school.store->expunge(school.store->find(1, "INBOX")->id, odd);
    for (int i = 0; i < 3; ++i) {
        ImapClient client(school);
        client.log_in();
        CHECK(has(client.say("a SELECT INBOX"), "* 20 EXISTS"));
        CHECK(has(client.say("b FETCH 20 UID"), "* 20 FETCH (UID 40)"));
        CHECK(has(client.say("c UID FETCH 1:3,17:18 UID"), "* 1 FETCH (UID 2)\r\n* 9 FETCH (UID 18)\r\nc OK"));
    }
}

TEST_CASE("a session is not told what it changed itself, and is told what others changed in between", "[imap][view]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    client.append("INBOX", mail("satu"));
    client.append("INBOX", mail("dua"));
    client.say("a SELECT INBOX");
    other.open_inbox();
    CHECK(client.say("b STORE 1 +FLAGS.SILENT (\\Seen)") == "b OK Stored\r\n");
    CHECK(client.say("c NOOP") == "c OK Nothing done\r\n");
    CHECK(other.say("b NOOP") == "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nb OK Nothing done\r\n");
    other.say("c STORE 2 +FLAGS (\\Flagged kata)");
    auto const stored = client.say("d STORE 1 +FLAGS.SILENT (\\Answered)");
    CHECK(has(stored, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft kata)\r\n"));
    CHECK(has(stored, "* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent kata))\r\nd OK Stored\r\n"));
    CHECK_FALSE(has(stored, "* 1 FETCH"));
}
