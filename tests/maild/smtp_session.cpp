#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using maild::smtp::Purpose;
using support::codes;
using support::has;
using support::SmtpPlace;

namespace
{
constexpr std::string_view mail_to_budi =
    "EHLO c.example\r\nMAIL FROM:<x@far.example>\r\nRCPT TO:<budi@school.example>\r\n";
}

TEST_CASE("a mail from outside reaches the spool with trace fields and envelope", "[smtp][rfc5321]")
{
    SmtpPlace place;
    auto const replies = place.relay(std::string(mail_to_budi) + "DATA\r\nSubject: hai\r\n\r\nHalo\r\n.\r\nQUIT\r\n");
    CHECK(codes(replies) == "220 250 250 250 354 250 221");
    REQUIRE(place.spool.kept.size() == 1);
    auto const& kept = place.spool.kept.front();
    CHECK(kept.envelope.sender == "x@far.example");
    CHECK(kept.recipients.front().address == "budi@school.example");
    CHECK(kept.bytes.starts_with("Return-Path: <x@far.example>\r\nReceived: from c.example ([127.0.0.1])\r\n\tby "
                                 "mail.school.example (Kotakpos) with ESMTP id "));
    CHECK(has(kept.bytes, "\r\n\tfor <budi@school.example>; "));
    CHECK(kept.bytes.ends_with("\r\nSubject: hai\r\n\r\nHalo\r\n"));
}

TEST_CASE("budi, budi@DOMAIN and budi@mail.DOMAIN are accepted, each once", "[smtp]")
{
    SmtpPlace place;
    auto const replies = place.relay("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<budi>\r\nRCPT TO:<budi@school.example>\r\n"
                                     "RCPT TO:<budi@mail.school.example>\r\nDATA\r\nhai\r\n.\r\n");
    CHECK(codes(replies) == "220 250 250 250 250 250 354 250");
    REQUIRE(place.spool.kept.size() == 1);
    CHECK(place.spool.kept.front().recipients.size() == 2);
    CHECK(has(place.spool.kept.front().bytes, "with SMTP id"));
}

TEST_CASE("a body without any header does not become part of ours", "[smtp]")
{
    SmtpPlace place;
    place.relay(std::string(mail_to_budi) + "DATA\r\nHalo Budi, apa kabar?\r\n.\r\n");
    CHECK(place.spool.kept.front().bytes.ends_with("+0000\r\n\r\nHalo Budi, apa kabar?\r\n"));
}

TEST_CASE("RCPT refuses the unknown, the disabled and the full", "[smtp]")
{
    SmtpPlace place;
    place.spool.room_left = 100;
    auto const replies = place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<nobody@school.example>\r\n"
                                     "RCPT TO:<siti>\r\nRCPT TO:<budi>\r\nDATA\r\n");
    CHECK(has(replies, "550 5.1.1 "));
    CHECK(has(replies, "550 5.2.1 "));
    CHECK(has(replies, "452 4.2.2 "));
    CHECK(has(replies, "554 5.5.1 No valid recipients"));
    CHECK(has(place.submit("MAIL FROM:<ali>\r\nMAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\n"), "552 5.2.2 "));
}

TEST_CASE("a message larger than the whole mailbox is refused at RCPT", "[smtp]")
{
    SmtpPlace place;
    place.school.quota = 1000;
    CHECK(has(place.relay("EHLO c\r\nMAIL FROM:<a@b.c> SIZE=2000\r\nRCPT TO:<budi>\r\n"), "552 5.2.2 "));
}

TEST_CASE("commands out of order are refused with 503 and change nothing", "[smtp][rfc5321]")
{
    SmtpPlace place;
    CHECK(codes(place.relay("MAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nDATA\r\nEHLO c\r\nRCPT TO:<budi>\r\n")) ==
          "220 503 503 503 250 503");
    CHECK(codes(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nMAIL FROM:<a@b.c>\r\nRSET\r\nRCPT TO:<budi>\r\n")) ==
          "220 250 250 503 250 503");
    CHECK(codes(place.relay("NOOP x\r\nVRFY budi\r\nEXPN x\r\nHELP\r\nRSET x\r\nBLAH\r\nSTARTTLS\r\n")) ==
          "220 250 252 502 214 501 500 503");
}

TEST_CASE("the size limit holds for the announced and for the real size (RFC 1870)", "[smtp]")
{
    SmtpPlace place;
    CHECK(has(place.relay("EHLO c\r\nMAIL FROM:<a@b.c> SIZE=1048577\r\n"), "552 5.3.4 "));
    auto const replies =
        place.relay(std::string(mail_to_budi) + "DATA\r\n" + std::string((1 << 20) + 1, 'a') + "\r\n.\r\nNOOP\r\n");
    CHECK(codes(replies) == "220 250 250 250 354 552 250");
    CHECK(place.spool.kept.empty());
}

TEST_CASE("a smuggled command is part of the refused message (RFC 5321 2.3.8)", "[smtp]")
{
    SmtpPlace place;
    auto const replies =
        place.relay(std::string(mail_to_budi) +
                    "DATA\r\nhai\n.\nMAIL FROM:<evil@x.y>\r\nRCPT TO:<budi>\r\nDATA\r\nevil\r\n.\r\nNOOP\r\n");
    CHECK(codes(replies) == "220 250 250 250 354 550 250");
    CHECK(has(replies, "550 5.6.11 "));
    CHECK(place.spool.kept.empty());
}

TEST_CASE("bare LF, NUL and over-long lines in commands are refused with 500", "[smtp]")
{
    SmtpPlace place;
    CHECK(codes(place.relay("EHLO c\nNOOP\r\n")) == "220 500 250");
    CHECK(codes(place.relay(std::string("NO\0OP\r\nNOOP\r\n", 13))) == "220 500 250");
    CHECK(codes(place.relay(std::string(10'000'000, 'a') + "\r\nNOOP\r\n")) == "220 500 250");
}

TEST_CASE("junk ends the session with 421, but not for exempt addresses", "[smtp]")
{
    SmtpPlace place;
    std::string junk;
    for (int i = 0; i < 30; ++i) junk += "BLAH\r\n";
    CHECK(has(place.talk(Purpose::relay, junk, support::Over::network, "192.0.2.7"), "421 4.7.0 Too many errors"));
    CHECK_FALSE(has(place.relay(junk), "421"));
    std::string noops;
    for (int i = 0; i < 200; ++i) noops += "NOOP\r\n";
    CHECK(has(place.talk(Purpose::relay, noops, support::Over::network, "192.0.2.7"), "421 4.7.0 Too many commands"));
}

TEST_CASE("a web browser is sent away at once", "[smtp]")
{
    SmtpPlace place;
    CHECK(codes(place.relay("POST / HTTP/1.1\r\nEHLO c\r\n")) == "220 421");
}

TEST_CASE("recipients over the limit get 452 4.5.3 and do not end the session", "[smtp]")
{
    SmtpPlace place;
    std::string input = "EHLO c\r\nMAIL FROM:<a@b.c>\r\n";
    for (int i = 0; i < 1100; ++i) input += "RCPT TO:<budi+" + std::to_string(i) + "@school.example>\r\n";
    auto const replies =
        place.talk(Purpose::relay, input + "DATA\r\nhai\r\n.\r\n", support::Over::network, "192.0.2.7");
    CHECK(has(replies, "452 4.5.3 "));
    CHECK(codes(replies).ends_with("452 354 250"));
    REQUIRE(place.spool.kept.size() == 1);
    CHECK(place.spool.kept.front().recipients.size() == 1000);
}

TEST_CASE("a broken spool gives 4xx, keeps the session and loses nothing that was acknowledged", "[smtp]")
{
    SmtpPlace place;
    place.spool.fault = base::StoreFault::full;
    std::string const mail = "MAIL FROM:<x@far.example>\r\nRCPT TO:<budi>\r\nDATA\r\nhai\r\n.\r\n";
    auto const full = place.relay("EHLO c\r\n" + mail + mail);
    CHECK(codes(full) == "220 250 250 250 354 452 250 250 354 452");
    CHECK(has(full, "452 4.3.1 "));
    place.spool.fault = base::StoreFault::unavailable;
    CHECK(has(place.relay("EHLO c\r\n" + mail), "451 4.3.0 "));
    place.spool.fault.reset();
    place.spool.space = false;
    CHECK(has(place.relay("EHLO c\r\n" + mail), "452 4.3.1 "));
}

TEST_CASE("a message that has passed a hundred servers is refused", "[smtp]")
{
    SmtpPlace place;
    std::string input = std::string(mail_to_budi) + "DATA\r\n";
    for (int i = 0; i < 101; ++i) input += "Received: from a by b; Sat, 21 Nov 2026 00:00:00 +0000\r\n";
    CHECK(has(place.relay(input + "\r\nhai\r\n.\r\n"), "554 5.4.6 "));
}

TEST_CASE("AUTH is only for submission and never in clear (RFC 4954 section 4)", "[smtp][auth]")
{
    SmtpPlace place;
    CHECK(has(place.relay("EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\n"), "502 5.5.1 "));
    CHECK_FALSE(has(place.relay("EHLO c\r\n"), "AUTH"));
    auto const clear =
        place.talk(Purpose::submission, "EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\nMAIL FROM:<ali@school.example>\r\n");
    CHECK(has(clear, "538 5.7.11 "));
    CHECK(has(clear, "530 5.7.0 Use STARTTLS"));
    CHECK_FALSE(has(clear, "250-AUTH"));
}

TEST_CASE("AUTH PLAIN and LOGIN, with and without initial response", "[smtp][auth]")
{
    SmtpPlace place;
    auto const talk = [&](std::string const& input) {
        return codes(place.talk(Purpose::submission, "EHLO c\r\n" + input, support::Over::local_socket));
    };
    CHECK(talk("AUTH PLAIN AGFsaQAxMjM=\r\n") == "220 250 235");
    CHECK(talk("AUTH PLAIN\r\nAGFsaQAxMjM=\r\n") == "220 250 334 235");
    CHECK(talk("auth login\r\nYWxp\r\nMTIz\r\n") == "220 250 334 334 235");
    CHECK(talk("AUTH LOGIN YWxp\r\nMTIz\r\n") == "220 250 334 235");
    CHECK(talk("AUTH LOGIN\r\n*\r\n") == "220 250 334 501");
    CHECK(talk("AUTH PLAIN !!!\r\nAUTH GSSAPI\r\nAUTH\r\n") == "220 250 501 504 501");
    CHECK(talk("AUTH PLAIN AGFsaQAxMjM=\r\nAUTH PLAIN AGFsaQAxMjM=\r\n") == "220 250 235 503");
    CHECK(talk("MAIL FROM:<ali@school.example>\r\n") == "220 250 530");
}

TEST_CASE("wrong password and unknown user get the same answer", "[smtp][auth]")
{
    SmtpPlace place;
    auto const wrong =
        place.talk(Purpose::submission, "EHLO c\r\nAUTH PLAIN AGFsaQBub3Bl\r\n", support::Over::local_socket);
    auto const unknown =
        place.talk(Purpose::submission, "EHLO c\r\nAUTH PLAIN AG5vYm9keQAxMjM=\r\n", support::Over::local_socket);
    CHECK(wrong == unknown);
    CHECK(has(wrong, "535 5.7.8 "));
}

TEST_CASE("a pupil sends as himself or as an alias of his, not as others", "[smtp][submission]")
{
    SmtpPlace place;
    auto const replies =
        place.submit("MAIL FROM:<kepsek@school.example>\r\nMAIL FROM:<budi@school.example>\r\n"
                     "MAIL FROM:<ali@far.example>\r\nMAIL FROM:<x-tkj-1@school.example>\r\n"
                     "MAIL FROM:<ali@mail.school.example>\r\nRSET\r\nMAIL FROM:<info@school.example>\r\n");
    CHECK(codes(replies) == "220 250 235 550 550 550 550 250 250 250");
}

TEST_CASE("who is alone in a class does not send as the class, its named senders do", "[smtp][submission][lists]")
{
    SmtpPlace place;
    CHECK(codes(place.submit("MAIL FROM:<x-tkj-9@school.example>\r\n")) == "220 250 235 550");
    directory::User guru = *place.school.find_user("guru1");
    CHECK(directory::may_send_as(place.school.resolve("x-tkj-9", ""), guru));
}

TEST_CASE("who may write to a class is its own rule", "[smtp][lists]")
{
    using directory::Writers;
    SmtpPlace place;
    auto const as_ali = [&] { return place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<x-tkj-1>\r\n"); };
    auto const as_stranger = [&] {
        return place.talk(Purpose::relay,
                          "EHLO c\r\nMAIL FROM:<x@far.example>\r\nRCPT TO:<x-tkj-1@school.example>\r\n");
    };
    struct Row {
        Writers writers;
        char const* ali;
        char const* stranger;
    };
    for (auto const& row : {Row{Writers::everyone, "250", "250"}, Row{Writers::school, "250", "550"},
                            Row{Writers::members, "250", "550"}, Row{Writers::teachers, "550", "550"},
                            Row{Writers::named, "550", "550"}}) {
        INFO(directory::show(row.writers));
        place.school.class_writers = row.writers;
        CHECK(codes(as_ali()) == std::string("220 250 235 250 ") + row.ali);
        CHECK(codes(as_stranger()) == std::string("220 250 250 ") + row.stranger);
    }
    CHECK(has(as_ali(), "550 5.7.1 You may not write to this list"));
    CHECK(has(as_stranger(), "550 5.7.1 Only people of this school"));
}

TEST_CASE("port 25 takes no mail in the name of the school, except where a class practises", "[smtp][relay]")
{
    SmtpPlace place;
    std::string const talk = "EHLO c\r\nMAIL FROM:<kepsek@school.example>\r\n";
    CHECK(has(place.talk(Purpose::relay, talk), "550 5.7.1 Mail from this school's addresses"));
    CHECK(codes(place.talk(Purpose::relay, "EHLO c\r\nMAIL FROM:<>\r\n")) == "220 250 250");
    place.config.lab = true;
    CHECK(codes(place.talk(Purpose::relay, talk)) == "220 250 250");
}

TEST_CASE("the From field must be one's own too", "[smtp][submission]")
{
    SmtpPlace place;
    std::string const start = "MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\n";
    CHECK(has(place.submit(start + "From: Kepala Sekolah <kepsek@school.example>\r\n\r\nbesok libur\r\n.\r\n"),
              "550 5.7.1 "));
    CHECK(place.spool.kept.empty());
    CHECK(codes(place.submit(start + "From: Ali <ali@school.example>\r\n\r\nhai\r\n.\r\n")) ==
          "220 250 235 250 250 354 250");
}

TEST_CASE("submission adds what is missing in the header (RFC 6409 section 8)", "[smtp][submission]")
{
    SmtpPlace place;
    place.submit(
        "MAIL FROM:<ali@school.example>\r\nRCPT TO:<x@far.example>\r\nDATA\r\nSubject: hai\r\n\r\nHalo\r\n.\r\n");
    REQUIRE(place.spool.kept.size() == 1);
    auto const& bytes = place.spool.kept.front().bytes;
    CHECK(has(bytes, "\r\nFrom: Ali Akbar <ali@school.example>\r\n"));
    CHECK(has(bytes, "\r\nDate: "));
    CHECK(has(bytes, "\r\nMessage-ID: <"));
    CHECK(has(bytes, "with ESMTPA id"));
    CHECK(place.spool.kept.front().envelope.login == "ali");
}

TEST_CASE("an offline box refuses recipients elsewhere with a clear text", "[smtp][submission]")
{
    SmtpPlace place;
    place.school.offline = true;
    auto const replies = place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<x@far.example>\r\n");
    CHECK(has(replies, "550 5.4.4 This box is offline"));
}

TEST_CASE("a From field that names nobody is refused at submission", "[smtp][submission]")
{
    for (std::string const from : {"Kepala Sekolah:;", "@", "", "<>"}) {
        SmtpPlace place;
        INFO(from);
        auto const replies =
            place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi@school.example>\r\nDATA\r\nFrom: " + from +
                         "\r\n\r\nHalo\r\n.\r\n");
        CHECK(has(replies, "550 5."));
        CHECK(place.spool.kept.empty());
    }
}

TEST_CASE("a pupil sends only as himself, whatever stands in the header (RFC 6409 8.1)", "[smtp][policy]")
{
    SmtpPlace place;
    auto const code = [&](std::string const& fields) {
        auto const said = place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi@school.example>\r\nDATA\r\n" +
                                       fields + "\r\n\r\nhai\r\n.\r\n");
        return has(said, "2.0.0 Accepted")                                                                 ? 250
               : has(said, "\r\n550 5.7.1 ") || has(said, "\r\n552 5.3.4 ") || has(said, "\r\n550 5.6.0 ") ? 550
                                                                                                           : 0;
    };
    for (auto const* good : {
             "From: ali@school.example",
             "From: ALI@Mail.School.EXAMPLE",
             "From: ali+tugas@school.example",
             "From: \"ali\"@school.example",
             "From: (kepsek@school.example) Ali <ali@school.example> (kepala sekolah)",
             "From: info@school.example", // an alias of his
             "From: Kelompok: ali@school.example, info@school.example;",
             "From: ali@school.example\r\nSender: ali@school.example",
             "From: \"ali@school.example\" <ali@school.example>",
             "From: \"ali @ rumah\" <ali@school.example>",
             "From: \"saya@gmail.example\" <ali@school.example>",
         }) {
        INFO(good);
        CHECK(code(good) == 250);
    }
    for (auto const* bad : {
             "From: guru1@school.example",
             "From: ali@school.example, guru1@school.example",
             "From: ali@school.example\r\nFrom: guru1@school.example",
             "From: ali@school.example\r\nSender: guru1@school.example",
             "From: ali@school.example\r\nResent-From: guru1@school.example",
             "From: ali@school.example\r\nResent-Sender: Guru <guru1@school.example>",
             "From: x-tkj-1@school.example", // a class he is in but may not speak for
             "From: Kelompok: ali@school.example, guru1@school.example;",
             "From: (ali@school.example) guru1@school.example",
             "From: \"ali@school.example\" <guru1@school.example>",
             "From: \"guru1@school.example\" <ali@school.example>",
             "From: Guru guru1@SCHOOL.example <ali@school.example>",
             "From: =?utf-8?q?guru1=40school.example?= <ali@school.example>",
             "From: =?utf-8?b?Z3VydTFAc2Nob29sLmV4YW1wbGU=?= <ali@school.example>",
             "From: =?utf-8?q?guru1=40school.example?=",
             "From: guru1+ali@school.example",
             "From: GURU1@SCHOOL.EXAMPLE",
             "From: \"guru1\"@school.example",
             "From: ali@far.example",
             "From: \xC3\xA0li@school.example",
             "From: @school.example:guru1@school.example",
         }) {
        INFO(bad);
        CHECK(code(bad) == 550);
    }
    CHECK(code("From: ali@school.example\r\nX-Long: " + std::string(600 << 10, 'x') +
               "\r\nFrom: guru1@school.example") == 550);
}

TEST_CASE("port 25 is no open relay, whatever the spelling", "[smtp][relay]")
{
    SmtpPlace place;
    place.config.lab = true; // so that the sender in our name comes as far as RCPT
    for (auto const* trick : {"<x@far.example>",
                              "<x%far.example@school.example>",
                              "<\"x@far.example\"@school.example>",
                              "<@school.example:x@far.example>",
                              "<@school.example,@b.c:x@far.example>",
                              "<far.example!x@school.example>",
                              "<x@[203.0.113.9]>",
                              "<x@far.example@school.example>",
                              "<x@school.example.far.example>",
                              "<x%far.example>",
                              "<x@far.example.>",
                              "<x@FAR.example>",
                              "<\"x\\@far.example\">",
                              "<x@localhost.far.example>",
                              "<far.example!x@localhost>",
                              "<\"far.example!x\">",
                              "<x@far.example%school.example>",
                              "<@far.example:budi>x",
                              "<x@school.example@far.example>",
                              "<x\t@far.example>",
                              "<x@[127.0.0.1]>",
                              "<school.example!x@far.example>"}) {
        for (auto const* sender : {"<>", "<ali@school.example>", "<x@far.example>"}) {
            auto const replies = place.relay("EHLO school.example\r\nMAIL FROM:" + std::string(sender) +
                                             "\r\nRCPT TO:" + trick + "\r\nDATA\r\n");
            INFO(trick);
            CHECK(codes(replies).starts_with("220 250 250 55") | codes(replies).starts_with("220 250 250 50"));
            CHECK(codes(replies).ends_with("554"));
        }
    }
    CHECK(place.spool.kept.empty());
}
