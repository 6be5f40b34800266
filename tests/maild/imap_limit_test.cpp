#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

using namespace support;

namespace
{
/// A school where a command works on two messages, and ali's INBOX with four of them, UIDs 1 to 4.
struct Limited {
    ImapSchool school;
    ImapClient client{limited(school)};

    static ImapSchool& limited(ImapSchool& school)
    {
        school.messages_per_command = 2;
        return school;
    }
    Limited()
    {
        client.log_in();
        for (int i = 1; i <= 4; ++i) client.append("INBOX", mail("Surat " + std::to_string(i)));
        client.say("s SELECT INBOX");
    }
};

std::string last_line(std::string const& answer)
{
    auto const end = answer.rfind("\r\n", answer.size() - 3);
    return end == std::string::npos ? answer : answer.substr(end + 2);
}
} // namespace

TEST_CASE("MESSAGELIMIT is announced", "[imap][rfc9738]")
{
    Limited school;
    CHECK(has(school.client.say("a CAPABILITY"), " MESSAGELIMIT=2 "));
}

TEST_CASE("FETCH gives the newest messages and the UID where it stopped", "[imap][rfc9738]")
{
    Limited school;
    CHECK(school.client.say("a FETCH 1:* (UID)") ==
          "* 4 FETCH (UID 4)\r\n* 3 FETCH (UID 3)\r\na OK [MESSAGELIMIT 2 3] Fetched\r\n");
    CHECK(school.client.say("a FETCH 1:3 (PREVIEW)") ==
          "* 3 FETCH (PREVIEW \"Isi\")\r\n* 2 FETCH (PREVIEW \"Isi\")\r\na OK [MESSAGELIMIT 2 2] Fetched\r\n");
    CHECK(school.client.say("b UID FETCH 1:2 (UID)") == "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\nb OK Fetched\r\n");
    CHECK(has(school.client.say("c UID FETCH 1:4 (UID) (PARTIAL 1:3)"), "c NO [MESSAGELIMIT 2] "));
    CHECK(last_line(school.client.say("d FETCH 1,2,4 BODY.PEEK[]")) == "d OK [MESSAGELIMIT 2 2] Fetched\r\n");
}

TEST_CASE("SEARCH looks at the newest messages that its sets leave", "[imap][rfc9738]")
{
    Limited school;
    auto& client = school.client;
    CHECK(client.say("a UID SEARCH SUBJECT Surat") == "* SEARCH 4 3\r\na OK [MESSAGELIMIT 2 3] Searched\r\n");
    CHECK(client.say("b UID SEARCH UIDBEFORE 3 SUBJECT Surat") == "* SEARCH 1 2\r\nb OK Searched\r\n");
    CHECK(client.say("c UID SEARCH UIDBEFORE 4 UNSEEN") == "* SEARCH 3 2\r\nc OK [MESSAGELIMIT 2 2] Searched\r\n");
    CHECK(client.say("d UID SEARCH UID 1:3 UIDAFTER 1") == "* SEARCH 2 3\r\nd OK Searched\r\n");
    CHECK(client.say("e UID SEARCH UIDAFTER 4294967295") == "* SEARCH\r\ne OK Searched\r\n");
    CHECK(client.say("f UID SEARCH UIDBEFORE 1") == "* SEARCH\r\nf OK Searched\r\n");
    CHECK(client.say("g SEARCH RETURN (SAVE COUNT) ALL") ==
          "* ESEARCH (TAG \"g\") COUNT 2\r\ng OK [MESSAGELIMIT 2 3] Searched\r\n");
    CHECK(client.say("h FETCH $ (UID)") == "* 3 FETCH (UID 3)\r\n* 4 FETCH (UID 4)\r\nh OK Fetched\r\n");
    CHECK(has(client.say("i SEARCH RETURN (UPDATE COUNT) ALL"), "* NO [NOUPDATE \"i\"] "));
    CHECK(has(client.say("j SEARCH UIDAFTER 1:2"), "j BAD "));
    CHECK(has(client.say("k SEARCH UIDBEFORE *"), "k BAD "));
}

TEST_CASE("STORE, MOVE and UID EXPUNGE do the newest", "[imap][rfc9738]")
{
    Limited school;
    auto& client = school.client;
    CHECK(client.say("a STORE 1:4 +FLAGS.SILENT (\\Deleted)") == "a OK [MESSAGELIMIT 2 3] Stored\r\n");
    CHECK(client.say("a STORE 1:4 +FLAGS (\\Flagged)") == "* 4 FETCH (UID 4 FLAGS (\\Flagged \\Deleted \\Recent))\r\n"
                                                          "* 3 FETCH (UID 3 FLAGS (\\Flagged \\Deleted \\Recent))\r\n"
                                                          "a OK [MESSAGELIMIT 2 3] Stored\r\n");
    CHECK(client.say("b SEARCH UID 1:2 DELETED") == "* SEARCH\r\nb OK Searched\r\n");
    client.say("c STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    CHECK(client.say("d UID EXPUNGE 1:4") == "* 4 EXPUNGE\r\n* 3 EXPUNGE\r\nd OK [MESSAGELIMIT 2 3] Expunged\r\n");
    client.append("INBOX", mail("Surat 5"));
    client.say("e CREATE Arsip");
    auto const moved = client.say("f UID MOVE 1:* Arsip");
    CHECK(has(moved, " 2,5 1:2] Moved\r\n"));
    CHECK(last_line(moved) == "f OK [MESSAGELIMIT 2 2] Moved\r\n");
    CHECK(has(client.say("g STATUS Arsip (MESSAGES)"), "(MESSAGES 2)"));
}

TEST_CASE("with a code in the answer already, the limit is told before it", "[imap][rfc9738]")
{
    Limited school;
    school.client.say("a ENABLE QRESYNC");
    school.client.say("b STORE 3:4 +FLAGS.SILENT (\\Deleted)");
    school.client.say("b STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    auto const answer = school.client.say("c UID EXPUNGE 1:4");
    CHECK(has(answer, "* NO [MESSAGELIMIT 2 3] "));
    CHECK(has(answer, "c OK [HIGHESTMODSEQ "));
}

TEST_CASE("what others changed is told beside the limit", "[imap][rfc9738][rfc7162]")
{
    Limited school;
    school.client.say("a STORE 4 +FLAGS.SILENT (\\Answered)");
    auto const answer = school.client.say("b STORE 1:* (UNCHANGEDSINCE 1) +FLAGS (\\Flagged)");
    CHECK(has(answer, "* NO [MESSAGELIMIT 2 3] "));
    CHECK(has(answer, "b OK [MODIFIED 3:4] "));
}

TEST_CASE("what is done wholly or not at all is refused over the limit", "[imap][rfc9738]")
{
    Limited school;
    auto& client = school.client;
    client.say("a CREATE Arsip");
    CHECK(client.say("b COPY 1:4 Arsip") == "b NO [MESSAGELIMIT 2 3] Too many messages at once; ask for fewer\r\n");
    CHECK(has(client.say("c STATUS Arsip (MESSAGES)"), "(MESSAGES 0)"));
    CHECK(has(client.say("d COPY 1:2 Arsip"), "d OK [COPYUID "));
    CHECK(has(client.say("d UID COPY 1,2,4 Arsip"), "d NO [MESSAGELIMIT 2 2] "));
    CHECK(has(client.say("e SORT (DATE) UTF-8 ALL"), "e NO [MESSAGELIMIT 2] "));
    CHECK(has(client.say("f THREAD REFERENCES UTF-8 ALL"), "f NO [MESSAGELIMIT 2] "));
    CHECK(client.say("g SORT (REVERSE SUBJECT) UTF-8 1:2") == "* SORT 2 1\r\ng OK Sorted\r\n");
}

TEST_CASE("UID EXPUNGE counts the deleted ones alone", "[imap][rfc9738]")
{
    Limited school;
    school.client.say("a STORE 1,4 +FLAGS.SILENT (\\Deleted)");
    CHECK(school.client.say("b UID EXPUNGE 1:*") == "* 4 EXPUNGE\r\n* 1 EXPUNGE\r\nb OK Expunged\r\n");
}

TEST_CASE("an APPEND of more messages brings none", "[imap][rfc9738][rfc3502]")
{
    Limited school;
    auto& client = school.client;
    client.say("a CREATE Arsip");
    std::string const one = " {3+}\r\nA:b";
    CHECK(has(client.say("b APPEND Arsip" + one + one + one), "b NO [MESSAGELIMIT 2] "));
    CHECK(has(client.say("c STATUS Arsip (MESSAGES)"), "(MESSAGES 0)"));
    CHECK(has(client.say("d APPEND Arsip" + one + one), "d OK [APPENDUID "));
}

TEST_CASE("EXPUNGE and CLOSE know no limit", "[imap][rfc9738]")
{
    Limited school;
    school.client.say("a STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    school.client.say("b STORE 3:4 +FLAGS.SILENT (\\Deleted)");
    CHECK(has(school.client.say("c EXPUNGE"), "c OK Expunged"));
    CHECK(has(school.client.say("d STATUS INBOX (MESSAGES)"), "(MESSAGES 0)"));
}

TEST_CASE("UID FETCH of a part of a set counts its messages from either end", "[imap][rfc9394]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    for (int i = 1; i <= 5; ++i) client.append("INBOX", mail("Surat " + std::to_string(i)));
    client.say("s SELECT INBOX");
    client.say("s STORE 2 +FLAGS (\\Deleted)");
    client.say("s EXPUNGE"); // left: UIDs 1, 3, 4, 5
    CHECK(client.say("a UID FETCH 1:* (UID) (PARTIAL 2:3)") ==
          "* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 4)\r\na OK Fetched\r\n");
    CHECK(client.say("b UID FETCH 1:4 (UID) (PARTIAL -1:-2)") ==
          "* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 4)\r\nb OK Fetched\r\n");
    CHECK(client.say("c UID FETCH 1:* (UID) (PARTIAL 5:9)") == "c OK Fetched\r\n");
    CHECK(has(client.say("d FETCH 1:* (UID) (PARTIAL 1:2)"), "d BAD "));
    CHECK(has(client.say("e UID FETCH 1:* (UID) (PARTIAL 1:-2)"), "e BAD "));
    CHECK(has(client.say("f UID FETCH 1:* (UID) (PARTIAL 1:2 PARTIAL 1:2)"), "f BAD "));
}
