// CHUNKING and BINARYMIME (RFC 3030) as a session has them.

#include "maild/smtp/binary_mime.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using support::codes;
using support::has;
using support::SmtpPlace;

namespace
{
constexpr std::string_view mail_to_budi = "EHLO c\r\nMAIL FROM:<x@far.example>\r\nRCPT TO:<budi>\r\n";
constexpr std::string_view binary_to_budi =
    "EHLO c\r\nMAIL FROM:<x@far.example> BODY=BINARYMIME\r\nRCPT TO:<budi>\r\n";

std::string bdat(std::string_view octets, std::string_view last = "")
{
    return "BDAT " + std::to_string(octets.size()) + std::string(last) + "\r\n" + std::string(octets);
}
} // namespace

TEST_CASE("a mail comes in chunks of any size, dots are nothing special", "[smtp][rfc3030]")
{
    SmtpPlace place;
    std::string const mail = "Subject: hai\r\n\r\n.\r\n..\r\nHalo";
    for (std::size_t size : {1U, 2U, 7U, 1000U}) {
        std::string input(mail_to_budi);
        for (std::size_t at = 0; at < mail.size(); at += size) input += bdat(std::string_view(mail).substr(at, size));
        auto const replies = place.relay(input + "BDAT 0 LAST\r\nNOOP\r\n");
        CHECK(has(replies, "250 2.0.0 " + std::to_string(std::min(size, mail.size())) + " octets received\r\n"));
        CHECK(codes(replies).ends_with("250 250"));
        REQUIRE_FALSE(place.spool.kept.empty());
        CHECK(place.spool.kept.back().bytes.ends_with("+0000\r\n" + mail));
        CHECK(place.spool.kept.back().bytes.starts_with("Return-Path: <x@far.example>\r\nReceived: from c "));
    }
}

TEST_CASE("one chunk that is the last is a whole mail, pipelined too", "[smtp][rfc3030]")
{
    SmtpPlace place;
    CHECK(codes(place.relay(std::string(mail_to_budi) + bdat("a: b\r\n\r\nx", " LAST") + "QUIT\r\n")) ==
          "220 250 250 250 250 221");
    CHECK(codes(place.relay(std::string(mail_to_budi) + "BDAT 0\r\nBDAT 0 LAST\r\n")) == "220 250 250 250 250 250");
    CHECK(place.spool.kept.size() == 2);
}

TEST_CASE("octets of a refused chunk are no commands", "[smtp][rfc3030]")
{
    SmtpPlace place;
    std::string const evil = "MAIL FROM:<evil@x.y>\r\nRCPT TO:<budi>\r\nDATA\r\n.\r\n";
    CHECK(codes(place.relay(bdat(evil) + "NOOP\r\n")) == "220 503 250");
    CHECK(codes(place.relay("EHLO c\r\n" + bdat(evil, " LAST") + "NOOP\r\n")) == "220 250 503 250");
    CHECK(codes(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\n" + bdat(evil) + bdat(evil, " LAST") +
                            "NOOP\r\n")) == "220 250 250 550 554 554 250");
    CHECK(codes(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nBDAT 0 LAST\r\nNOOP\r\n")) == "220 250 250 554 250");
    CHECK(place.spool.kept.empty());
}

TEST_CASE("a fault in a chunk ends the mail; later chunks are swallowed with 503", "[smtp][rfc3030]")
{
    SmtpPlace place;
    CHECK(codes(place.relay(std::string(mail_to_budi) + bdat("hai\n") + bdat("MAIL FROM:<>\r\n", " LAST") +
                            "NOOP\r\n")) == "220 250 250 250 550 503 250");
    CHECK(place.spool.kept.empty());
}

TEST_CASE("DATA and BDAT do not mix, RCPT comes before both", "[smtp][rfc3030]")
{
    SmtpPlace place;
    CHECK(codes(place.relay(std::string(mail_to_budi) + bdat("a: b\r\n") +
                            "DATA\r\nRCPT TO:<ali>\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\n")) ==
          "220 250 250 250 250 503 503 503 250 250");
    CHECK(codes(place.relay(std::string(binary_to_budi) + "DATA\r\n" + bdat("a: b\r\n", " LAST"))) ==
          "220 250 250 250 503 250");
}

TEST_CASE("a binary message comes in as one that mailboxes can take (RFC 3030 3)", "[smtp][rfc3030]")
{
    SmtpPlace place;
    std::string const octets("\0\n\r\xFF.\n", 6);
    std::string const mail =
        "MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: BINARY\r\n\r\n" + octets;
    CHECK(codes(place.relay(std::string(binary_to_budi) + bdat(mail, " LAST"))) == "220 250 250 250 250");
    REQUIRE(place.spool.kept.size() == 1);
    CHECK(place.spool.kept.front().bytes.ends_with("Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n"
                                                   "Content-Type: image/png\r\n\r\nAAoN/y4K\r\n"));
    CHECK(place.spool.kept.front().envelope.body_type == maild::queue::BodyType::eight_bit);
    auto const header = std::string("Subject: a\0b\r\n\r\n", 16);
    CHECK(has(place.relay(std::string(binary_to_budi) + bdat(header, " LAST")), "554 5.6.3 "));
}

TEST_CASE("binary parts become base64 or 8bit, everything else stays", "[smtp][rfc3030]")
{
    using maild::smtp::without_binary;
    std::string const start = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: ";
    auto const message = [&](std::string_view whole, std::string_view part) {
        return start + std::string(whole) + "\r\n\r\n--b\r\nContent-Transfer-Encoding: " + std::string(part) +
               "\r\n--b\r\n\r\nteks\r\n--b--\r\n";
    };
    auto const moved = [](std::string text) { // the field comes first
        std::string const field = "Content-Transfer-Encoding: 8bit\r\n";
        return field + text.erase(text.find(field), field.size());
    };
    CHECK(without_binary(message("7bit", "8bit\r\n\r\n\xE9")) == message("7bit", "8bit\r\n\r\n\xE9"));
    CHECK(without_binary(message("binary", "binary\r\n\r\n\xE9")) == moved(message("8bit", "8bit\r\n\r\n\xE9")));
    CHECK(without_binary(message("7bit", "binary\r\n\r\na\nb")) == message("7bit", "base64\r\n\r\nYQpi"));
    CHECK(without_binary(message("7bit", "7bit\r\n\r\na\nb")) == message("7bit", "base64\r\n\r\nYQpi"));
    CHECK(has(*without_binary(message("7bit", "binary\r\n\r\n" + std::string(2000, 'x'))), "base64"));
    CHECK_FALSE(without_binary(message("7bit", "base64\r\n\r\nYQ\npi")));
    CHECK_FALSE(without_binary("a\nb"));
    CHECK(without_binary("") == "");
}

TEST_CASE("a large binary message is rewritten in its file", "[smtp][rfc3030]")
{
    support::TempFolder folder;
    maild::queue::SpoolBody body(1, folder.path());
    body.append(std::string(1'000'000, '\0'));
    body.replace(std::string(300'000, 'x'));
    body.append("ya");
    body.finish();
    CHECK(body.is_file());
    CHECK(body.read(299'999, 100) == "xya");
    CHECK(body.size() == 300'002);
}

TEST_CASE("the size limit holds over all chunks (RFC 1870, RFC 3030)", "[smtp][rfc3030]")
{
    SmtpPlace place;
    std::string const half(600'000, 'a');
    auto const replies = place.relay(std::string(mail_to_budi) + bdat(half) + bdat(half) + bdat(half) + "NOOP\r\n");
    CHECK(codes(replies) == "220 250 250 250 250 552 503 250");
    CHECK(has(place.relay(std::string(mail_to_budi) + "BDAT 99999999999999\r\nNOOP\r\n"), "552 5.3.4 "));
}

TEST_CASE("a BDAT without a number ends the connection: what follows cannot be told from commands", "[smtp][rfc3030]")
{
    SmtpPlace place;
    CHECK(codes(place.relay(std::string(mail_to_budi) + "BDAT ten\r\nNOOP\r\n")) == "220 250 250 250 501");
}

TEST_CASE("submission checks and completes a mail in chunks like any other", "[smtp][rfc3030][submission]")
{
    SmtpPlace place;
    std::string const start = "MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\n";
    CHECK(has(place.submit(start + bdat("From: kepsek@school.example\r\n") + bdat("\r\nlibur\r\n", " LAST")),
              "550 5.7.1 "));
    place.submit(start + bdat("Subject: hai\r\n") + bdat("\r\nhai\r\n", " LAST"));
    REQUIRE(place.spool.kept.size() == 1);
    CHECK(has(place.spool.kept.front().bytes, "From: Ali Akbar <ali@school.example>"));
}
