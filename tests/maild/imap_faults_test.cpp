// What a session answers when the store cannot: the client is told, nothing is lost, the session goes on.

#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/failing_store.h"

namespace mailbox = maild::mailbox;
using mailbox::FailingStore;
using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

namespace
{
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
    school.failing->fault = base::StoreFault::full;
    school.failing->door = FailingStore::Door::read_only;
    CHECK(has(client.say("s SELECT INBOX"), "* 1 RECENT\r\n"));
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
