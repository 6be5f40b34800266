// Whole sessions against the real store.

#include "appliance/base/text.h"
#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

TEST_CASE("the greeting names the capabilities, LOGIN more of them", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    CHECK(client.run().rfind("* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=SCRAM-SHA-256 "
                             "AUTH=PLAIN AUTH=LOGIN] ",
                             0) == 0);
    CHECK(has(client.say("a LOGIN ali 123"), "a OK [CAPABILITY IMAP4rev1"));
    CHECK(client.say("b SELECT nothing") == "b NO [NONEXISTENT] There is no such mailbox\r\n");
}

TEST_CASE("a password in clear is refused from elsewhere", "[imap]")
{
    ImapSchool school;
    ImapClient client(school, ImapClient::Peer::elsewhere);
    CHECK(has(client.run(), " LOGINDISABLED] "));
    CHECK(has(client.say("a LOGIN ali 123"), "a NO [PRIVACYREQUIRED]"));
    CHECK(has(client.say("b AUTHENTICATE PLAIN AGFsaQAxMjM="), "b NO [PRIVACYREQUIRED]"));
    school.config.login_cleartext = config::Cleartext::trusted;
    school.config.trusted_networks = {*net::Network::parse("192.168.10.0/24")};
    CHECK(has(client.say("c LOGIN ali 123"), "c OK "));
}

TEST_CASE("wrong passwords and unknown users get the same answer, and then BYE", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.run();
    auto const wrong = client.say("a LOGIN ali 124");
    CHECK(has(wrong, "a NO [AUTHENTICATIONFAILED]"));
    CHECK(client.say("a LOGIN nobody 123") == wrong);
    CHECK(has(client.say("a LOGIN \"\" \"\""), "* BYE"));
    CHECK(client.is_closed());
}

TEST_CASE("AUTHENTICATE takes PLAIN and LOGIN, with and without an initial response", "[imap][rfc4959]")
{
    ImapSchool school;
    auto const plain = base::base64(std::string("\0ali\0"
                                                "123",
                                                8));
    for (auto const& lines :
         {"a AUTHENTICATE PLAIN " + plain, "a AUTHENTICATE PLAIN\r\n" + plain,
          std::string("a AUTHENTICATE LOGIN\r\nYWxp\r\nMTIz"), std::string("a authenticate login YWxp\r\nMTIz")}) {
        ImapClient client(school);
        client.run();
        CHECK(has(client.say(lines), "a OK [CAPABILITY"));
    }
    ImapClient client(school);
    client.run();
    CHECK(has(client.say("a AUTHENTICATE PLAIN\r\n*"), "a BAD "));
    CHECK(has(client.say("a AUTHENTICATE PLAIN ="), "a BAD "));
    CHECK(has(client.say("a AUTHENTICATE X-NONE"), "a NO "));
    CHECK(has(client.say("a AUTHENTICATE PLAIN " + base::base64(std::string("budi\0ali\0"
                                                                            "123",
                                                                            12))),
              "a NO [AUTHORIZATIONFAILED]"));
}

TEST_CASE("failed logins of one address are counted over all its connections", "[imap]")
{
    ImapSchool school;
    school.config.login_cleartext = config::Cleartext::trusted;
    school.config.trusted_networks = {*net::Network::parse("192.168.10.0/24")};
    school.guard = std::make_shared<maild::sasl::LoginGuard>(base::system_clock(), std::vector<net::Network>());
    std::string last;
    for (int i = 0; i < 30; ++i) {
        ImapClient client(school, ImapClient::Peer::elsewhere);
        client.run();
        last = client.say("a LOGIN ali guess" + std::to_string(i));
    }
    CHECK(has(last, "* BYE Too many failed logins"));
    ImapClient guesser(school, ImapClient::Peer::elsewhere);
    guesser.run();
    CHECK(has(guesser.say("a LOGIN ali 123"), "* BYE "));
    ImapClient webmail(school);
    CHECK(has(webmail.log_in(), "L OK "));
}

TEST_CASE("before login only the commands of that state run", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.run();
    CHECK(has(client.say("a SELECT INBOX"), "a BAD Log in first"));
    CHECK(has(client.say("b NOOP"), "b OK"));
    CHECK(has(client.say("c STARTTLS"), "c BAD"));
    CHECK(has(client.say("d ID NIL"), "* ID (\"name\" \"Kotakpos\""));
    CHECK(has(client.say("+ NOOP"), "* BAD"));
    CHECK(has(client.say(""), "* BAD"));
    CHECK(has(client.say("e FROB"), "e BAD Unknown command"));
    CHECK(has(client.say("f LOGOUT"), "* BYE Goodbye\r\nf OK"));
    CHECK(client.is_closed());
}

TEST_CASE("ten bad commands in a row end the session", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.run();
    std::string text;
    for (int i = 0; i < 10; ++i) text += "GET / HTTP/1.1\r\n";
    CHECK(has(client.raw(text), "* BYE Too many bad commands"));
    CHECK(client.is_closed());
}

TEST_CASE("a line over the limit before login is answered and closed", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.run();
    auto const answer = client.say(std::string(50000, 'a'));
    CHECK(has(answer, "* BAD The command line is too long\r\n* BYE "));
    CHECK(client.is_closed());
}

TEST_CASE("literals before login are small, refused ones keep the session in step", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.run();
    CHECK(client.say("a LOGIN {2000}") == "a BAD [TOOBIG] The literal is too large\r\n");
    CHECK(client.say("b LOGIN {2000+}\r\n" + std::string(2000, 'x') + " 123\r\nc NOOP") ==
          "b BAD [TOOBIG] The literal is too large\r\nc OK Nothing done\r\n");
    CHECK(client.say("d FROB {5+}\r\nabcde {3}") == "d BAD Unknown command\r\n");
    CHECK(has(client.say("e LOGIN {3}\r\nali {3}\r\n123"), "+ OK\r\n+ OK\r\ne OK"));
    CHECK(has(client.say("f LOGIN {4294967296+}"), "* BYE"));
}

TEST_CASE("SELECT tells what RFC 3501 6.3.1 asks for", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    client.append("INBOX", mail("satu"), "(\\Seen) ");
    client.append("INBOX", mail("dua"), "($Forwarded) ");
    auto const answer = client.say("s SELECT inbox");
    CHECK(has(answer,
              "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)\r\n* 2 EXISTS\r\n* 2 RECENT\r\n"));
    CHECK(has(answer, "* OK [UNSEEN 2]"));
    CHECK(has(answer, "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)]"));
    CHECK(has(answer, "* OK [UIDNEXT 3]"));
    CHECK(has(answer, "s OK [READ-WRITE]"));
    auto const again = client.say("e EXAMINE INBOX");
    CHECK(has(again, "* OK [CLOSED]"));
    CHECK(has(again, "* 0 RECENT"));
    CHECK(has(again, "e OK [READ-ONLY]"));
    CHECK(has(client.say("x STORE 1 FLAGS ()"), "x NO [READ-ONLY]"));
}

TEST_CASE("an IDLE session is told of a delivery, an expunge and flags", "[imap][rfc2177]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.open_inbox();
    other.log_in();
    CHECK(client.say("i IDLE") == "+ idling\r\n");
    other.append("INBOX", mail("satu"));
    CHECK(client.run() == "* 1 EXISTS\r\n* 1 RECENT\r\n");
    other.say("s SELECT INBOX");
    other.say("a STORE 1 +FLAGS (\\Deleted Penting)");
    CHECK(client.run() == "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Penting)\r\n"
                          "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Penting \\*)] Flags "
                          "that can be changed\r\n"
                          "* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent Penting))\r\n");
    other.say("b EXPUNGE");
    CHECK(client.run() == "* 1 EXPUNGE\r\n");
    CHECK(client.run().empty());
    CHECK(client.say("DONE") == "i OK Idle ended\r\n");
    client.say("j IDLE");
    CHECK(client.say("k NOOP") == "j BAD Expected DONE\r\n");
}

TEST_CASE("EXPUNGE waits while sequence numbers are in use", "[imap][rfc3501]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    for (auto const* const subject : {"satu", "dua", "tiga"}) client.append("INBOX", mail(subject));
    client.say("s SELECT INBOX");
    other.open_inbox();
    other.say("a STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.say("b EXPUNGE");
    CHECK(client.say("c FETCH 2 UID") == "* 2 FETCH (UID 2)\r\nc OK Fetched\r\n");
    CHECK(client.say("d FETCH 1:2 UID") ==
          "* 2 FETCH (UID 2)\r\nd NO [EXPUNGEISSUED] Some of the messages are gone\r\n");
    CHECK(client.say("e SEARCH ALL") == "* SEARCH 2 3\r\ne OK Searched\r\n");
    CHECK(client.say("f STORE 3 +FLAGS.SILENT (\\Seen)") == "f OK Stored\r\n");
    CHECK(client.say("g NOOP") == "* 1 EXPUNGE\r\ng OK Nothing done\r\n");
    CHECK(client.say("h UID SEARCH ALL") == "* SEARCH 2 3\r\nh OK Searched\r\n");
}

TEST_CASE("the deletion of the selected mailbox by another session ends this one", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    client.say("a CREATE tugas");
    client.say("b SELECT tugas");
    other.log_in();
    CHECK(has(other.say("c DELETE tugas"), "c OK"));
    CHECK(has(client.say("d NOOP"), "* BYE The selected mailbox was deleted"));
    CHECK(client.is_closed());
}

TEST_CASE("APPEND keeps every byte, large messages too", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.open_inbox();
    std::string body;
    for (int i = 0; i < 1500; ++i) body += "Baris " + std::to_string(i) + " \xff\x80 dengan delapan bit\r\n";
    auto const message = mail("besar", body);
    REQUIRE(message.size() > 40000);
    CHECK(has(client.append("INBOX", message), "A OK [APPENDUID "));
    auto const answer = client.say("f FETCH 1 (RFC822.SIZE BODY.PEEK[])");
    CHECK(has(answer, "RFC822.SIZE " + std::to_string(message.size()) + " BODY[] {" + std::to_string(message.size()) +
                          "}\r\n" + message));
}

TEST_CASE("APPEND refuses before it reads", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    CHECK(client.say("a APPEND missing {10}") == "a NO [TRYCREATE] There is no such mailbox\r\n");
    CHECK(has(client.say("b APPEND INBOX {200001}"), "b NO [TOOBIG] The largest message allowed has 200000 bytes"));
    CHECK(has(client.say("c APPEND INBOX {4294967296}"), "c NO [TOOBIG]"));
    CHECK(client.say("d APPEND INBOX {0}") == "d NO [CANNOT] A message cannot be empty\r\n");
    CHECK(has(client.raw("e APPEND INBOX {5+}\r\n" + std::string("ab\0cd", 5) + "\r\n"),
              "e NO [CANNOT] A message may not"));
    school.people.quota = 1000;
    CHECK(has(client.say("f APPEND INBOX {2000}"), "f NO [OVERQUOTA]"));
    CHECK(has(client.append("INBOX", std::string(1001, 'x')), "A NO [OVERQUOTA]"));
    CHECK(has(client.append("INBOX", mail("kecil")), "A OK"));
}

TEST_CASE("MULTIAPPEND stores all or none", "[imap][rfc3502]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    CHECK(has(client.say("a APPEND INBOX (\\Seen) {4+}\r\nA: b \"01-Feb-2026 10:00:00 +0700\" {4+}\r\nC: d"),
              "a OK [APPENDUID "));
    CHECK(has(client.say("b SELECT INBOX"), "* 2 EXISTS"));
    CHECK(has(client.say("c FETCH 2 INTERNALDATE"), "\" 1-Feb-2026 03:00:00 +0000\""));
    CHECK(has(client.say("d APPEND INBOX {4+}\r\nA: b {300000}"), "d NO [TOOBIG]"));
    CHECK(client.say("e NOOP") == "e OK Nothing done\r\n");
}

TEST_CASE("FETCH answers sections of a multipart message", "[imap][rfc3501]")
{
    ImapSchool school;
    ImapClient client(school);
    client.open_inbox();
    std::string const message =
        "From: a@b\r\nSubject: dua\r\n bagian\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsatu\r\n--x\r\n"
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--x--\r\n";
    client.append("INBOX", message);
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[1]"), "BODY[1] {4}\r\nsatu)"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[2]<1.2>"), "BODY[2]<1> {2}\r\nUJ)"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[2]<10.2>"), "BODY[2]<10> {0}\r\n)"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[3]"), "BODY[3] NIL)"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[2.MIME]"), "BODY[2.MIME] {68}\r\nContent-Type: application/pdf\r\n"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT x)]"),
              "BODY[HEADER.FIELDS (SUBJECT x)] {25}\r\nSubject: dua\r\n bagian\r\n\r\n)"));
    CHECK(has(client.say("a FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (subject content-type mime-version)]"),
              "{13}\r\nFrom: a@b\r\n\r\n)"));
    CHECK(has(client.say("a FETCH 1 BODYSTRUCTURE"), "\"application\" \"pdf\""));
    CHECK(has(client.say("a FETCH 1 (FLAGS)"), "FLAGS (\\Recent)"));
    CHECK(has(client.say("a UID FETCH 1 BODY[TEXT]"), "* 1 FETCH (UID 1 BODY[TEXT] {"));
    CHECK(has(client.say("a FETCH 1 FLAGS"), "FLAGS (\\Seen \\Recent)"));
    CHECK(has(client.say("a FETCH 2 FLAGS"), "a BAD There is no message"));
    CHECK(client.say("a UID FETCH 7 FLAGS") == "a OK Fetched\r\n");
}

TEST_CASE("SEARCH finds by flags, dates, headers and decoded texts", "[imap][rfc3501]")
{
    ImapSchool school;
    ImapClient client(school);
    client.open_inbox();
    client.append("INBOX", mail("=?utf-8?Q?Ujian_=C3=84pfel?=", "biasa\r\n"),
                  "(\\Seen) \"01-Feb-2026 10:00:00 +0000\" ");
    client.append("INBOX", mail("dua", "Content\r\n"), "(Penting) ");
    client.append("INBOX",
                  "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                  "Subject: tiga\r\n\r\nGr=FC=DFe aus dem sehr lan=\r\ngen Wort\r\n");
    auto const search = [&](std::string const& keys) {
        auto const answer = client.say("a SEARCH " + keys);
        return answer.substr(0, answer.find('\r'));
    };
    CHECK(search("ALL") == "* SEARCH 1 2 3");
    CHECK(search("SEEN") == "* SEARCH 1");
    CHECK(search("UNSEEN") == "* SEARCH 2 3");
    CHECK(search("KEYWORD penting") == "* SEARCH 2");
    CHECK(search("UNKEYWORD PENTING NOT SEEN") == "* SEARCH 3");
    CHECK(search("BEFORE 2-Feb-2026") == "* SEARCH 1");
    CHECK(search("ON 01-Feb-2026") == "* SEARCH 1");
    CHECK(search("SENTON 21-Nov-2026") == "* SEARCH 1 2");
    CHECK(search("SENTBEFORE 21-Nov-2026") == "* SEARCH");
    CHECK(search("FROM guru") == "* SEARCH 1 2");
    CHECK(search("CHARSET UTF-8 SUBJECT {6+}\r\n\xc3\xa4PFEL") == "* SEARCH 1");
    CHECK(search("HEADER content-type \"\"") == "* SEARCH 3");
    CHECK(search("BODY {7+}\r\nGR\xc3\x9c\xc3\x9f"
                 "E") == "* SEARCH 3");
    CHECK(search("BODY {7+}\r\ngr\xc3\xbc\xc3\x9f"
                 "e") == "* SEARCH 3");
    CHECK(search("TEXT langen") == "* SEARCH 3");
    CHECK(search("TEXT content") == "* SEARCH 2 3");
    CHECK(search("BODY content") == "* SEARCH 2");
    CHECK(search("OR SUBJECT dua SUBJECT tiga") == "* SEARCH 2 3");
    CHECK(search("NOT (OR SUBJECT dua SUBJECT tiga)") == "* SEARCH 1");
    CHECK(search("LARGER 100 SMALLER 100000 2:*") == "* SEARCH 2 3");
    CHECK(search("UID 2:3 NEW") == "* SEARCH 2 3");
    CHECK(search("OLD") == "* SEARCH");
    CHECK(search("9") == "a BAD There is no message with that sequence number");
    CHECK(search("CHARSET X-NONE ALL") == "a NO [BADCHARSET (US-ASCII UTF-8)] This charset is not known here");
}

TEST_CASE("COPY and MOVE tell the UIDs of both sides", "[imap][rfc4315][rfc6851]")
{
    ImapSchool school;
    ImapClient client(school);
    client.open_inbox();
    client.append("INBOX", mail("satu"));
    client.append("INBOX", mail("dua"));
    CHECK(has(client.say("a COPY 1:2 Sent"), "a OK [COPYUID "));
    CHECK(has(client.say("b COPY 1 missing"), "b NO [TRYCREATE]"));
    auto const moved = client.say("c UID MOVE 1 Trash");
    CHECK(has(moved, "* OK [COPYUID "));
    CHECK(has(moved, " 1 1] Moved\r\n* 1 EXPUNGE\r\nc OK Moved\r\n"));
    CHECK(has(client.say("d STATUS Trash (MESSAGES UIDNEXT UNSEEN SIZE RECENT)"),
              "* STATUS Trash (MESSAGES 1 UIDNEXT 2 UNSEEN 1 SIZE "));
    CHECK(has(client.say("e UID MOVE 99 Trash"), "e OK Nothing to move"));
}

TEST_CASE("UID EXPUNGE removes only what is deleted and asked, CLOSE the rest in silence", "[imap][rfc4315]")
{
    ImapSchool school;
    ImapClient client(school);
    client.open_inbox();
    for (auto const* const subject : {"satu", "dua", "tiga"}) client.append("INBOX", mail(subject));
    client.say("a STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    CHECK(client.say("b UID EXPUNGE 2:3") == "* 2 EXPUNGE\r\nb OK Expunged\r\n");
    CHECK(client.say("c CLOSE") == "c OK Closed\r\n");
    CHECK(has(client.say("d SELECT INBOX"), "* 1 EXISTS"));
    CHECK(client.say("e UNSELECT") == "e OK Closed, nothing expunged\r\n");
    CHECK(has(client.say("f FETCH 1 UID"), "f BAD Select a mailbox first"));
}

TEST_CASE("mailboxes are made, listed, subscribed, renamed and deleted", "[imap]")
{
    ImapSchool school;
    ImapClient client(school);
    client.log_in();
    auto const all = client.say("a LIST \"\" \"*\"");
    CHECK(has(all, "* LIST (\\HasNoChildren) \"/\" INBOX\r\n"));
    CHECK(has(all, "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n"));
    CHECK(client.say("b LIST \"\" \"\"") == "* LIST (\\Noselect) \"/\" \"\"\r\nb OK Listed\r\n");
    CHECK(has(client.say("c CREATE \"Kelas &- Tugas/Fisika\""), "c OK"));
    CHECK(has(client.say("d LIST \"\" Kelas*%"), "* LIST (\\HasChildren) \"/\" \"Kelas &- Tugas\""));
    CHECK(has(client.say("e CREATE inbox"), "e NO [ALREADYEXISTS]"));
    CHECK(has(client.say("f CREATE Semua (USE (\\All))"), "f NO [USEATTR]"));
    CHECK(has(client.say("g RENAME missing other"), "g NO [NONEXISTENT]"));
    CHECK(has(client.say("h RENAME Sent Terkirim"), "h OK"));
    CHECK(has(client.say("i DELETE INBOX"), "i NO [CANNOT]"));
    CHECK(has(client.say("j LIST (SPECIAL-USE) \"\" *"), "\\Sent) \"/\" Terkirim"));
    CHECK(has(client.say("k SUBSCRIBE Tidak/Ada"), "k OK"));
    CHECK(client.say("l LSUB \"\" Tidak%") == "* LSUB (\\Noselect) \"/\" Tidak\r\nl OK Listed\r\n");
    CHECK(client.say("m LIST (SUBSCRIBED RECURSIVEMATCH) \"\" Tid%") ==
          "* LIST (\\NonExistent \\HasNoChildren) \"/\" Tidak (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\nm OK Listed\r\n");
    CHECK(has(client.say("n LIST \"\" (INBOX Trash) RETURN (SUBSCRIBED STATUS (MESSAGES))"),
              "* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 0)\r\n"));
    CHECK(
        has(client.say("o NAMESPACE"), "* NAMESPACE ((\"\" \"/\")) ((\"#pengguna/\" \"/\")) ((\"#kelas/\" \"/\"))"));
    CHECK(has(client.say("p ENABLE X-TIDAK-ADA"), "* ENABLED\r\np OK"));
    CHECK(has(client.say("q CREATE &"), "q NO [CANNOT]"));
}
