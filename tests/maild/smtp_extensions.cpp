// What clients may ask of the transport: parsing, and what is granted where.

#include "maild/smtp/transport_wishes.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using maild::smtp::parse_rfc3339;
using maild::smtp::take_wish;
using maild::smtp::TransportWishes;
using support::codes;
using support::has;
using support::SmtpPlace;

namespace
{
constexpr base::Timestamp second = 1'000'000;

/// 501: a bad value; 0: taken; 1: not a parameter of this kind.
int code_of(std::string_view keyword, std::string_view value)
{
    TransportWishes wishes;
    try {
        return take_wish(wishes, keyword, value) ? 0 : 1;
    } catch (maild::smtp::ClientError const& error) {
        return error.reply().code;
    }
}

/// The envelope of a mail that was sent with these parameters of MAIL.
maild::queue::Envelope envelope_of(SmtpPlace& place, std::string const& parameters)
{
    auto const replies = place.submit_as_guru1("MAIL FROM:<guru1@school.example> " + parameters +
                                               "\r\nRCPT TO:<budi>\r\nDATA\r\na: b\r\n\r\n.\r\n");
    INFO(replies);
    REQUIRE(codes(replies) == "220 250 235 250 250 354 250");
    return place.spool.kept.back().envelope;
}

std::string mail_reply(SmtpPlace& place, std::string const& parameters)
{
    auto const replies = place.relay("EHLO c\r\nMAIL FROM:<a@b.c> " + parameters + "\r\n");
    return replies.substr(replies.find("HELP\r\n") + 6);
}
} // namespace

TEST_CASE("BY takes seconds with a sign, a mode and trace (RFC 2852 4)", "[smtp][rfc2852]")
{
    TransportWishes wishes;
    REQUIRE(take_wish(wishes, "BY", "120;R"));
    CHECK((wishes.by->seconds == 120 && wishes.by->returns && !wishes.by->trace));
    REQUIRE(take_wish(wishes, "BY", "-5;nt"));
    CHECK((wishes.by->seconds == -5 && !wishes.by->returns && wishes.by->trace));
    for (auto const* good : {"+1;R", "0;N", "999999999;RT"}) CHECK(code_of("BY", good) == 0);
    for (auto const* bad :
         {"", "1", "1;", ";R", "1;X", "1;T", "1;RN", "1;RTT", "0;R", "-1;R", "1000000000;N", "+-1;N", "x;R"})
        CHECK(code_of("BY", bad) == 501);
}

TEST_CASE("HOLDFOR and HOLDUNTIL take a time, and only one of them (RFC 4865 3)", "[smtp][rfc4865]")
{
    CHECK(code_of("HOLDFOR", "1") == 0);
    for (auto const* bad : {"", "0", "-1", "1.5", "1000000000", "x"}) CHECK(code_of("HOLDFOR", bad) == 501);
    CHECK(code_of("HOLDUNTIL", "2026-12-01T07:00:00+07:00") == 0);
    for (auto const* bad : {"", "tomorrow", "2026-12-01", "2026-12-01T07:00:00", "2026-13-01T07:00:00Z"})
        CHECK(code_of("HOLDUNTIL", bad) == 501);
    TransportWishes both;
    take_wish(both, "HOLDFOR", "1");
    CHECK_THROWS(take_wish(both, "HOLDUNTIL", "2026-12-01T07:00:00Z"));
}

TEST_CASE("dates of RFC 3339 are read, others are not", "[smtp][rfc4865]")
{
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339("1970-01-01T07:00:01+07:00") == second);
    CHECK(parse_rfc3339("1969-12-31t23:59:59.5z") == -second);
    CHECK(parse_rfc3339("2024-02-29T12:00:00-00:30") == 1'709'209'800 * second);
    for (auto const* bad :
         {"2023-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00",
          "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0700", "2026-01-01T00:00:00Zx", "26-01-01T00:00:00Z"})
        CHECK_FALSE(parse_rfc3339(bad));
}

TEST_CASE("MT-PRIORITY is a digit with a sign (RFC 6710 4.1)", "[smtp][rfc6710]")
{
    for (auto const* good : {"0", "9", "-9"}) CHECK(code_of("MT-PRIORITY", good) == 0);
    for (auto const* bad : {"", "10", "+1", "-", "-10", "x"}) CHECK(code_of("MT-PRIORITY", bad) == 501);
    CHECK(code_of("REQUIRETLS", "yes") == 1);
    CHECK(code_of("SOLICIT", "") == 1);
}

TEST_CASE("a mail for later is not due before its time, on submission only (RFC 4865)", "[smtp][rfc4865]")
{
    SmtpPlace place;
    auto const now = place.clock.now();
    CHECK(envelope_of(place, "HOLDFOR=3600").release == now + 3600 * second);
    CHECK(envelope_of(place, "HOLDUNTIL=2026-12-01T00:00:00Z").release == parse_rfc3339("2026-12-01T00:00:00Z"));
    CHECK(envelope_of(place, "HOLDUNTIL=2020-01-01T00:00:00Z").release == 0);
    CHECK(has(place.submit("MAIL FROM:<ali@school.example> HOLDFOR=2592001\r\n"),
              "501 5.5.4 A mail is held for at most"));
    CHECK(has(place.submit(""), "250-FUTURERELEASE 2592000 2026-12-"));
    CHECK(has(mail_reply(place, "HOLDFOR=1"), "555 5.5.4 "));
    CHECK_FALSE(has(place.relay("EHLO c\r\n"), "FUTURERELEASE"));
}

TEST_CASE("DELIVERBY goes into the envelope; what cannot be kept is not promised (RFC 2852)", "[smtp][rfc2852]")
{
    SmtpPlace place;
    auto const by = envelope_of(place, "BY=120;RT").deliver_by;
    REQUIRE(by);
    CHECK(by->until == place.clock.now() + 120 * second);
    CHECK((by->returns && by->trace));
    CHECK(envelope_of(place, "BY=-30;N").deliver_by->until == place.clock.now() - 30 * second);
    CHECK_FALSE(envelope_of(place, "SIZE=1").deliver_by);
    CHECK(has(mail_reply(place, "BY=59;R"), "550 5.4.7 "));
    CHECK(has(mail_reply(place, "BY=60;R"), "250 2.1.0 "));
    CHECK(has(place.relay("EHLO c\r\n"), "250-DELIVERBY 60\r\n"));
}

TEST_CASE("strangers and pupils cannot put a mail in front, and are told so (RFC 6710, X.3.6)", "[smtp][rfc6710]")
{
    SmtpPlace place;
    CHECK(envelope_of(place, "MT-PRIORITY=6").priority == 6);
    CHECK(envelope_of(place, "MT-PRIORITY=-3").priority == -3);
    CHECK(mail_reply(place, "MT-PRIORITY=3") == "250 2.3.6 0 is the new priority assigned to the mail\r\n");
    CHECK(mail_reply(place, "MT-PRIORITY=-3") == "250 2.1.0 Sender OK\r\n");
    CHECK(has(place.submit("MAIL FROM:<ali@school.example> MT-PRIORITY=9\r\n"), "250 2.3.6 0 "));
}

TEST_CASE("REQUIRETLS is unknown where there is no TLS (RFC 8689 2)", "[smtp][rfc8689]")
{
    SmtpPlace place;
    CHECK(has(mail_reply(place, "REQUIRETLS"), "555 5.5.4 "));
    CHECK_FALSE(has(place.relay("EHLO c\r\n"), "REQUIRETLS"));
}

TEST_CASE("mail of unwanted classes is refused at MAIL or by its header (RFC 3865)", "[smtp][rfc3865]")
{
    SmtpPlace place;
    CHECK_FALSE(has(place.relay("EHLO c\r\n"), "NO-SOLICITING"));
    CHECK(has(mail_reply(place, "SOLICIT=org.example:ADV"), "555 5.5.4 "));
    place.school.settings["mail.no-soliciting"] = "org.example:adv, net.example:adv:adlt";
    CHECK(has(place.relay("EHLO c\r\n"), "250-NO-SOLICITING org.example:adv,net.example:adv:adlt\r\n"));
    CHECK(has(mail_reply(place, "SOLICIT=com.example:x,org.example:ADV"), "550 5.7.1 "));
    CHECK(has(mail_reply(place, "SOLICIT=com.example:x"), "250 2.1.0 "));
    auto const with_header = [&](std::string const& classes) {
        return codes(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nDATA\r\nSolicitation: " + classes +
                                 "\r\n\r\nbeli\r\n.\r\n"));
    };
    CHECK(with_header("net.example:adv:adlt") == "220 250 250 250 354 550");
    CHECK(with_header("com.example:x") == "220 250 250 250 354 250");
    CHECK_FALSE(has(place.submit(""), "NO-SOLICITING"));
}

TEST_CASE("after HELO there are no parameters (RFC 5321 4.1.1.11)", "[smtp][rfc5321]")
{
    SmtpPlace place;
    CHECK(codes(place.relay("HELO c\r\nMAIL FROM:<a@b.c> SIZE=1\r\nMAIL FROM:<a@b.c>\r\n"
                            "RCPT TO:<budi> NOTIFY=NEVER\r\nRCPT TO:<budi>\r\n")) == "220 250 555 250 555 250");
}

TEST_CASE("EHLO says how many recipients a mail may have (RFC 9422)", "[smtp][rfc9422]")
{
    SmtpPlace place;
    CHECK(has(place.relay("EHLO c\r\n"), "250-LIMITS RCPTMAX=1000\r\n"));
}

TEST_CASE("who is named in Bcc stays between the sender and us (RFC 5322 3.6.3)", "[smtp][submission]")
{
    SmtpPlace place;
    auto const send = [&](std::string const& header) {
        auto const replies = place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\n" + header +
                                          "\r\nBcc: tubuh\r\n.\r\n");
        REQUIRE(codes(replies).ends_with("354 250"));
        return place.spool.kept.back().bytes;
    };
    auto const folded =
        send("Subject: hai\r\nBcc: rahasia@school.example,\r\n lain@school.example\r\nTo: budi\r\nbcc: x\r\n");
    CHECK_FALSE(has(folded, "rahasia"));
    CHECK_FALSE(has(folded, "lain@"));
    CHECK(has(folded, "Subject: hai\r\nTo: budi\r\n\r\nBcc: tubuh\r\n"));
    CHECK(has(send("Resent-Bcc: a@b.c\r\nTo: budi\r\n"), "Resent-Bcc: a@b.c\r\n"));
    place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nDATA\r\nBcc: x\r\n\r\n.\r\n");
    CHECK(has(place.spool.kept.back().bytes, "\r\nBcc: x\r\n")); // not ours to change
}

TEST_CASE("several people in From need a Sender, and it must be oneself (RFC 5322 3.6.2)", "[smtp][submission]")
{
    SmtpPlace place;
    std::string const start = "MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\n";
    place.submit(start + "From: ali@school.example, info@school.example\r\n\r\n.\r\n");
    REQUIRE(place.spool.kept.size() == 1);
    CHECK(has(place.spool.kept.back().bytes, "\r\nSender: Ali Akbar <ali@school.example>\r\n"));
    place.submit(start + "From: ali@school.example\r\n\r\n.\r\n");
    CHECK_FALSE(has(place.spool.kept.back().bytes, "Sender:"));
    CHECK(has(place.submit(start + "From: ali@school.example\r\nSender: kepsek@school.example\r\n\r\n.\r\n"),
              "550 5.7.1 The Sender address is not yours"));
}

TEST_CASE("where a submission came from is nobody's business, unless the school wants it", "[smtp][submission]")
{
    SmtpPlace place;
    auto const received = [&] {
        place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\na: b\r\n\r\n.\r\n");
        return place.spool.kept.back().bytes;
    };
    CHECK(has(received(), "\r\nReceived: by mail.school.example (Kotakpos) with ESMTPA id "));
    place.school.settings["mail.hide-client"] = "no";
    CHECK(has(received(), "\r\nReceived: from web (local)\r\n\tby mail.school.example "));
}

TEST_CASE("a header that cannot be looked at is refused, whoever sends it", "[smtp]")
{
    SmtpPlace place;
    std::string bomb;
    while (bomb.size() < 600'000) bomb += "X-Bom: " + std::string(70, 'x') + "\r\n";
    std::string const end = "From: kepsek@school.example\r\n\r\nhai\r\n.\r\n";
    CHECK(has(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nDATA\r\n" + bomb + end),
              "552 5.3.4 The header"));
    CHECK(has(place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\n" + bomb + end),
              "552 5.3.4 The header"));
    std::string many;
    for (int i = 0; i < 10'001; ++i) many += "a:\r\n";
    CHECK(has(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nDATA\r\n" + many + end),
              "552 5.3.4 The header"));
    CHECK(place.spool.kept.empty());
}

TEST_CASE("lines of any length pass unchanged", "[smtp][submission]")
{
    SmtpPlace place;
    std::string const line(300'000, 'x');
    place.submit("MAIL FROM:<ali@school.example>\r\nRCPT TO:<budi>\r\nDATA\r\nSubject: hai\r\n\r\n" + line +
                 "\r\n.\r\n");
    REQUIRE(place.spool.kept.size() == 1);
}

TEST_CASE("octets behind a BDAT that a broken store refuses are no commands", "[smtp][rfc3030]")
{
    SmtpPlace place;
    place.spool.fault = base::StoreFault::unavailable;
    CHECK(codes(place.relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\nBDAT 6 LAST\r\nNOOP\r\nNOOP\r\n")) ==
          "220 250 250 250 451 250");
}
