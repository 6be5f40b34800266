// URLs of messages (RFC 5092), as CATENATE has them.

#include "maild/imap/message_url.h"
#include "tests/support/catch.h"

using maild::imap::parse_message_url;

TEST_CASE("An URL names a mailbox, a message and a part of it", "[imap][rfc5092]")
{
    auto const url = parse_message_url("/Nilai%20%C3%A9;UIDVALIDITY=7/;UID=20/;SECTION=1.2.MIME/;PARTIAL=5.10");
    REQUIRE(url);
    CHECK(url->server.empty());
    CHECK(url->mailbox == "Nilai \xC3\xA9");
    CHECK(url->uid_validity == 7U);
    CHECK(url->uid == 20);
    REQUIRE(url->section);
    CHECK(url->section->part == std::vector<std::uint32_t>{1, 2});
    CHECK(url->section->text == message::SectionText::mime);
    REQUIRE(url->partial);
    CHECK(url->partial->offset == 5);
    CHECK(url->partial->count == 10);
}

TEST_CASE("Absolute URLs name the server, short ones mean the selected mailbox", "[imap][rfc5092]")
{
    auto const absolute = parse_message_url("imap://ali@mail.example:143/INBOX/;uid=3");
    REQUIRE(absolute);
    CHECK(absolute->server == "ali@mail.example:143");
    CHECK(absolute->mailbox == "INBOX");
    CHECK_FALSE(absolute->section);
    for (auto const* const text : {"/;UID=4", ";UID=4"}) {
        auto const url = parse_message_url(text);
        REQUIRE(url);
        CHECK(url->mailbox.empty());
        CHECK(url->uid == 4);
    }
}

TEST_CASE("What is no URL of a message is refused", "[imap][rfc4469]")
{
    for (auto const* const text :
         {"", "/", "/INBOX", "/INBOX/;UID=", "/INBOX/;UID=0", "/INBOX/;UID=4294967296", "/INBOX/;UID=1/;SECTION=0",
          "/INBOX/;UID=1/;SECTION=1%0d", "/INBOX/;UID=1/;PARTIAL=1.0", "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:91",
          "/INBOX;UIDVALIDITY=x/;UID=1", "/IN%00BOX/;UID=1", "/IN%4/;UID=1", "imap:///INBOX/;UID=1",
          "imap://x/;UID=1", "/INBOX/;UID=1/;SECTION=%7B3%7D", "/INBOX/;UID=1/;"})
        CHECK_FALSE(parse_message_url(text));
}
