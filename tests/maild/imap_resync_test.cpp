// CONDSTORE, QRESYNC and UIDONLY with two sessions, and what comes of a shortened log of expunges.

#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

#include <vector>

using maild::mailbox::Uid;
using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

namespace
{
/// The number behind `word` in the answer.
std::string number_behind(std::string const& answer, std::string const& word)
{
    auto const at = answer.find(word);
    REQUIRE(at != std::string::npos);
    auto const begin = at + word.size();
    return answer.substr(begin, answer.find_first_not_of("0123456789", begin) - begin);
}

void fill(ImapSchool& school, std::size_t count)
{
    school.store->ensure_account(1);
    std::vector<maild::mailbox::MailStore::NewMessage> messages(count, {{"Subject: x\r\n\r\nx\r\n"}, {}, 0});
    school.store->append_all(1, "INBOX", messages, 0);
}
} // namespace

TEST_CASE("a silent STORE over another's change tells the flags that nobody told", "[imap][rfc7162]")
{
    ImapSchool school;
    fill(school, 2);
    ImapClient client(school);
    ImapClient other(school);
    client.open_inbox();
    other.open_inbox();
    other.say("a STORE 1 +FLAGS (\\Flagged)");
    auto const stored = client.say("b STORE 1 +FLAGS.SILENT (\\Seen)");
    CHECK(has(stored, "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Recent))\r\n"));
    CHECK(client.say("c STORE 1 +FLAGS.SILENT (\\Answered)") == "c OK Stored\r\n");
}

TEST_CASE("the sum of what QRESYNC tells is the mailbox as it is", "[imap][rfc7162]")
{
    ImapSchool school;
    fill(school, 20);
    ImapClient client(school);
    client.log_in();
    CHECK(has(client.say("a ENABLE QRESYNC"), "* ENABLED QRESYNC\r\n"));
    auto const opened = client.say("b SELECT INBOX");
    auto const known = "(" + number_behind(opened, "UIDVALIDITY ") + ' ' + number_behind(opened, "HIGHESTMODSEQ ");
    client.say("c UNSELECT");
    auto const inbox = school.store->find(1, "INBOX")->id;
    school.store->expunge(inbox, {2, 3, 4, 20});
    school.store->store_flags(inbox, {5}, maild::mailbox::FlagChange::add, {maild::mailbox::flag_seen, {"kata"}});
    fill(school, 2); // 21, 22
    school.store->expunge(inbox, {21});
    auto const back = client.say("d SELECT INBOX (QRESYNC " + known + "))");
    CHECK(has(back, "* 17 EXISTS\r\n"));
    CHECK(has(back, "* VANISHED (EARLIER) 2:4,20:21\r\n* 2 FETCH (UID 5 FLAGS (\\Seen kata) MODSEQ ("));
    CHECK(has(back, "* 17 FETCH (UID 22 FLAGS (\\Recent) MODSEQ ("));
    CHECK_FALSE(has(back, "UID 6 "));
    auto const some = client.say("e SELECT INBOX (QRESYNC " + known + " 1:10))");
    CHECK(has(some, "* VANISHED (EARLIER) 2:4\r\n* 2 FETCH (UID 5 "));
    CHECK_FALSE(has(some, "UID 22"));
}

TEST_CASE("what another session expunged is not told as EARLIER while it has a number here", "[imap][rfc7162]")
{
    ImapSchool school;
    fill(school, 3);
    ImapClient client(school);
    client.log_in();
    client.say("a ENABLE QRESYNC");
    auto const start = number_behind(client.say("b SELECT INBOX"), "HIGHESTMODSEQ ");
    school.store->expunge(school.store->find(1, "INBOX")->id, {2});
    auto const fetched = client.say("c UID FETCH 1:* (UID) (CHANGEDSINCE " + start + " VANISHED)");
    CHECK(fetched == "* VANISHED 2\r\nc OK Fetched\r\n");
}

TEST_CASE("UIDs that a conditional STORE must leave alone are named, and the others stored", "[imap][rfc7162]")
{
    ImapSchool school;
    fill(school, 5);
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    auto const start = number_behind(client.say("a SELECT INBOX (CONDSTORE)"), "HIGHESTMODSEQ ");
    other.open_inbox();
    other.say("a STORE 2:3 +FLAGS (\\Flagged)");
    auto const stored = client.say("b STORE 1:5 (UNCHANGEDSINCE " + start + ") +FLAGS.SILENT (\\Seen)");
    CHECK(has(stored, "b OK [MODIFIED 2:3] The others are stored\r\n"));
    CHECK(has(stored, "* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) MODSEQ ("));
    CHECK(school.store->find(1, "INBOX")->unseen == 2);
    other.say("c STORE 5 +FLAGS.SILENT (\\Deleted)");
    other.say("d EXPUNGE");
    auto const gone = client.say("c STORE 2,5 (UNCHANGEDSINCE " + start + ") +FLAGS (\\Seen)");
    CHECK(has(gone, "c NO [MODIFIED 2] "));
}
