// NOTIFY (RFC 5465): what is told between commands, and what is not.

#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

using support::has;
using support::ImapClient;
using support::ImapSchool;
using support::mail;

TEST_CASE("with SELECTED-DELAYED an EXPUNGE waits for a command, the rest comes at once", "[imap][rfc5465]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    client.append("INBOX", mail("satu"));
    client.append("INBOX", mail("dua"));
    client.say("a SELECT INBOX");
    CHECK(client.say("b NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))") ==
          "b OK News will be told\r\n");
    other.open_inbox();
    other.say("a STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.say("b EXPUNGE");
    other.append("INBOX", mail("tiga"));
    CHECK(client.run() == "* 3 EXISTS\r\n* 2 RECENT\r\n"); // the other one was told of it first
    CHECK(client.say("c FETCH 2 UID") == "* 2 FETCH (UID 2)\r\nc OK Fetched\r\n");
    CHECK(client.say("d NOOP") == "* 1 EXPUNGE\r\nd OK Nothing done\r\n");
}

TEST_CASE("without FlagChange no flags are told, without SELECTED nothing of the selected mailbox", "[imap][rfc5465]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    client.append("INBOX", mail("satu"));
    client.say("a SELECT INBOX");
    other.open_inbox();
    client.say("b NOTIFY SET (selected (MessageNew MessageExpunge))");
    other.say("a STORE 1 +FLAGS (\\Flagged)");
    CHECK(client.run().empty());
    client.say("c NOTIFY SET (personal (MessageNew MessageExpunge))");
    other.append("INBOX", mail("dua"));
    other.append("Sent", mail("tiga"));
    auto const told = client.run();
    CHECK(has(told, "* STATUS Sent (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "));
    CHECK_FALSE(has(told, "EXISTS"));
    CHECK(client.say("d NOTIFY NONE") == "* 2 EXISTS\r\n* 1 RECENT\r\nd OK Nothing is told unasked\r\n");
}

TEST_CASE("subscriptions, new names and old names of mailboxes are told", "[imap][rfc5465]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    other.log_in();
    client.say("a NOTIFY SET (personal (MailboxName SubscriptionChange))");
    other.say("a CREATE Baru");
    CHECK(client.run() == "* LIST () \"/\" Baru\r\n");
    other.say("b SUBSCRIBE Baru");
    CHECK(client.run() == "* LIST (\\Subscribed) \"/\" Baru\r\n");
    other.say("c RENAME Baru Lama");
    CHECK(has(client.run(), "\"/\" Lama (\"OLDNAME\" (Baru))\r\n"));
    other.say("d DELETE Lama");
    CHECK(client.run() == "* LIST (\\NonExistent) \"/\" Lama\r\n");
    other.append("INBOX", mail("satu"));
    CHECK(client.run().empty());
}

TEST_CASE("notes that another session sets are told by their names, of mailboxes and of the server",
          "[imap][rfc5464]")
{
    ImapSchool school;
    ImapClient client(school);
    ImapClient other(school);
    client.log_in();
    other.log_in();
    client.say("a SETMETADATA Sent (/private/comment \"lama\")");
    CHECK(client.say("b NOTIFY SET (mailboxes Sent (MailboxMetadataChange)) (personal (ServerMetadataChange))") ==
          "b OK News will be told\r\n");
    other.say("a SETMETADATA Sent (/private/comment \"baru\" /private/x \"isi\")");
    CHECK(client.run() == "* METADATA Sent /private/comment /private/x\r\n");
    other.say("b SETMETADATA Sent (/private/comment \"baru\")");
    CHECK(client.run().empty()); // as it was
    other.say("c SETMETADATA Sent (/private/comment NIL)");
    CHECK(client.run() == "* METADATA Sent /private/comment\r\n");
    other.say("d SETMETADATA INBOX (/private/comment \"baru\")");
    CHECK(client.run().empty()); // not watched
    other.say("e SETMETADATA \"\" (/private/vendor/x \"isi\")");
    CHECK(client.run() == "* METADATA \"\" /private/vendor/x\r\n");
    client.say("c NOTIFY NONE");
    CHECK(has(other.say("f SETMETADATA Sent (/private/x NIL)"), "f OK Noted"));
    CHECK(client.say("d NOOP") == "d OK Nothing done\r\n");
    CHECK(has(client.say("e NOTIFY SET (selected (MailboxMetadataChange))"), "e BAD "));
}
