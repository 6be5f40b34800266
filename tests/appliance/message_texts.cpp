#include "appliance/base/text.h"
#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "appliance/message/imap_structure.h"
#include "tests/support/catch.h"
#include "tests/support/imap_text.h"

using message::scan;
using support::ImapText;
using support::ImapValue;

namespace
{
std::string envelope(std::string const& message) { return message::imap_envelope(message, scan(message)); }
std::string structure(std::string const& message) { return message::imap_bodystructure(message, scan(message)); }
std::string body(std::string const& message) { return message::imap_body(message, scan(message)); }

message::Draft draft()
{
    message::Draft d;
    d.from = message::parse_address_list("Ali <ali@x.id>");
    d.to = message::parse_address_list("B\xC3\xBC"
                                       "di <budi@x.id>, c@d");
    d.subject = "Tugas \xE2\x98\x80";
    d.date = 1795274700000000;
    d.zone_minutes = 420;
    d.message_id = "abc@x.id";
    d.text = "Halo\nBudi\r\n";
    return d;
}
} // namespace

TEST_CASE("ENVELOPE has the ten fields of RFC 3501", "[message][rfc3501]")
{
    CHECK(envelope("Date: Sat, 21 Nov 2026 22:25:00 +0700\r\nSubject: Halo \"x\\\"\r\nFrom: Ali <ali@x.id>\r\nTo: "
                   "budi@x.id, c\r\n"
                   "Message-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\n\r\n") ==
          "(\"Sat, 21 Nov 2026 22:25:00 +0700\" \"Halo \\\"x\\\\\\\"\" ((\"Ali\" NIL \"ali\" \"x.id\")) ((\"Ali\" "
          "NIL \"ali\" \"x.id\")) "
          "((\"Ali\" NIL \"ali\" \"x.id\")) ((NIL NIL \"budi\" \"x.id\")(NIL NIL \"c\" \"\")) NIL NIL \"<0@x>\" "
          "\"<1@x>\")");
    CHECK(envelope("\r\n") == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    CHECK(envelope("Subject:\r\n\r\n") == "(NIL \"\" NIL NIL NIL NIL NIL NIL NIL NIL)");
    CHECK(
        envelope("To: A: b@c;, undisclosed:;\r\n\r\n") ==
        "(NIL NIL NIL NIL NIL ((NIL NIL \"A\" NIL)(NIL NIL \"b\" \"c\")(NIL NIL NIL NIL)(NIL NIL \"undisclosed\" NIL)"
        "(NIL NIL NIL NIL)) NIL NIL NIL NIL)");
    CHECK(envelope("From: <@a,@b:c@d>\r\nSender: e@f\r\nReply-To: g@h\r\n\r\n") ==
          "(NIL NIL ((NIL \"@a,@b\" \"c\" \"d\")) ((NIL NIL \"e\" \"f\")) ((NIL NIL \"g\" \"h\")) NIL NIL NIL NIL "
          "NIL)");
    CHECK(envelope("To: a@b\r\nTo: c@d\r\n\r\n") ==
          "(NIL NIL NIL NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL)");
}

TEST_CASE("bytes that cannot be quoted become literals and NUL goes", "[message][rfc3501]")
{
    CHECK(message::imap_string("a\"b\\") == "\"a\\\"b\\\\\"");
    CHECK(message::imap_string("caf\xC3\xA9") == "{5}\r\ncaf\xC3\xA9");
    CHECK(message::imap_string("a\rb") == "{3}\r\na\rb");
    CHECK(message::imap_string(std::string("a\0b", 3)) == "\"ab\"");
    CHECK(message::imap_string("") == "\"\"");
    CHECK(message::imap_string(std::string(5000, 'x')).substr(0, 8) == "{5000}\r\n");
    std::string const nasty = "Subject: \xFF\x80\r\n\tx\r\nFrom: \xE9 <\x81@\x82>\r\nContent-Type: text/plain; "
                              "x=\"\xE9\r\n y\"; charset=\"\\\"\"\r\n"
                              "Content-ID: a\rb\r\nContent-Description: \x01\r\nContent-Language: id, {3}\r\n\r\nx";
    CHECK(ImapText::read(envelope(nasty)));
    CHECK(ImapText::read(structure(nasty)));
    CHECK(ImapText::read(body(nasty)));
}

TEST_CASE("an ENVELOPE stays within its limits", "[message]")
{
    std::string to = "To: g:";
    for (int i = 0; i < 10000; ++i) to += "a" + std::to_string(i) + "@b,";
    auto const value = ImapText::read(envelope(to + "\r\nSubject: " + std::string(100000, 's') + "\r\n\r\n"));
    REQUIRE(value);
    CHECK((*value)[5].items.size() == message::envelope_addresses_max + 1);
    CHECK((*value)[5].items.back()[3].is_nil());
    CHECK((*value)[1].text.size() < message::envelope_text_max);
}

TEST_CASE("BODYSTRUCTURE and BODY of single parts", "[message][rfc3501]")
{
    CHECK(body("\r\na\r\nb\r\n") == "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 6 2)");
    CHECK(structure("\r\na") ==
          "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL)");
    CHECK(structure(
              "Content-Type: image/PNG\r\nContent-Transfer-Encoding: BASE64\r\nContent-ID: "
              "<x>\r\nContent-Description: logo\r\n"
              "Content-MD5: m\r\nContent-Disposition: inline; filename=\"a b.png\"\r\nContent-Language: id, en\r\n"
              "Content-Location: l\r\n\r\nAAAA") == "(\"image\" \"png\" NIL \"<x>\" \"logo\" \"base64\" 4 \"m\" "
                                                    "(\"inline\" (\"filename\" \"a b.png\")) (\"id\" \"en\") \"l\")");
    CHECK(structure("Content-Disposition: attachment\r\n\r\n").find("(\"attachment\" NIL)") != std::string::npos);
}

TEST_CASE("BODYSTRUCTURE of multiparts and messages inside", "[message][rfc3501]")
{
    std::string const message =
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        "Subject: in\r\n\r\nb\r\nc\r\n--x--\r\n";
    CHECK(structure(message) ==
          "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL)"
          "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 19 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
          "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4 2 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)"
          " \"mixed\" (\"boundary\" \"x\") NIL NIL NIL)");
    CHECK(body(message).find("NIL NIL NIL NIL)\r") == std::string::npos);
    CHECK(ImapText::read(body(message)));
    CHECK(structure("Content-Type: multipart/mixed\r\n\r\n") ==
          "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL) \"mixed\" NIL NIL "
          "NIL NIL)");
    std::string nested;
    for (int i = 0; i < 300; ++i) nested += "Content-Type: message/rfc822\r\n\r\n";
    CHECK(ImapText::read(structure(nested)));
    CHECK(structure(nested).find("octet-stream") != std::string::npos);
}

TEST_CASE("a composed text mail reads back as written", "[message][rfc5322]")
{
    auto const text = message::compose(draft());
    CHECK(text.find("\n") != std::string::npos);
    CHECK(base::replace_all(text, "\r\n", "").find_first_of("\r\n") == std::string::npos);
    auto const header = message::Header::parse(text);
    CHECK(header.first("Date") == "Sat, 21 Nov 2026 22:25:00 +0700");
    CHECK(header.first("From") == "Ali <ali@x.id>");
    CHECK(header.first_decoded("To") == "B\xC3\xBC"
                                        "di <budi@x.id>, c@d");
    CHECK(header.first_decoded("Subject") == "Tugas \xE2\x98\x80");
    CHECK(header.first("Message-ID") == "<abc@x.id>");
    CHECK(header.find("References") == nullptr);
    CHECK(header.first("MIME-Version") == "1.0");
    CHECK(message::text_of(text, scan(text)) == "Halo\r\nBudi\r\n");
}

TEST_CASE("text that 7bit cannot carry goes as quoted-printable", "[message][rfc2045]")
{
    for (std::string const body_text : {"caf\xC3\xA9\r\n", "From x\r\n", "\r\n"}) {
        auto d = draft();
        d.text = body_text;
        auto const text = message::compose(d);
        CHECK(message::text_of(text, scan(text)) == body_text);
        CHECK(base::is_ascii(text));
    }
    auto d = draft();
    d.text = std::string(2000, 'x');
    auto const text = message::compose(d);
    for (auto const line : base::split(text, '\n')) CHECK(line.size() <= 79);
}

namespace
{
/// The bytes in pieces of that size.
message::Content in_pieces(std::string const& bytes, std::size_t size)
{
    return {bytes.size(), [bytes, size](message::Content::Take const& take) {
                for (std::size_t at = 0; at < bytes.size(); at += size)
                    take(std::string_view(bytes).substr(at, size));
            }};
}

/// Without the boundary, which is random.
std::string composed(message::Draft const& draft)
{
    auto const text = message::compose(draft);
    auto const boundary = text.substr(text.find("boundary=\"") + 10, 34);
    return base::replace_all(text, boundary, "B");
}
} // namespace

TEST_CASE("an attachment is written the same in whatever pieces it comes", "[message]")
{
    std::string bytes;
    for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 31 + i / 256);
    std::string const mail =
        "Subject: x\n\na\rb\r\nc\xC3\xA9" + std::string(1, '\0') + "\r\n\r\n" + std::string(998, 'x') + "\n";
    for (auto const& [type, content] :
         std::vector<std::pair<std::string, std::string>>{{"application/pdf", bytes},
                                                          {"application/pdf", ""},
                                                          {"text/plain", "caf\xC3\xA9 \xE2\x98\x80 \xF0\x9F\x98\x80"},
                                                          {"text/plain", "no UTF-8: \xC3"},
                                                          {"text/plain", "nor this: \xC3 \xA9"},
                                                          {"message/rfc822", mail},
                                                          {"message/rfc822", mail + std::string(999, 'x')},
                                                          {"message/rfc822", "ascii\n"}}) {
        auto whole = draft();
        whole.attachments = {{"a", type, content}};
        auto const expected = composed(whole);
        for (std::size_t const size : {1U, 2U, 3U, 57U, 4096U}) {
            auto pieces = draft();
            pieces.attachments = {{"a", type, in_pieces(content, size)}};
            REQUIRE(composed(pieces) == expected);
        }
        auto const root = scan(message::compose(whole));
        REQUIRE(root.children.size() == 2);
        CHECK(root.children[1].is_message() == (type == "message/rfc822" && content.size() < 2000));
    }
}

TEST_CASE("text that is UTF-8 says so, a mail with 8-bit bytes too", "[message]")
{
    auto const with = [](std::string const& type, std::string const& content) {
        auto d = draft();
        d.attachments = {{"a", type, content}};
        return message::compose(d);
    };
    CHECK(with("text/plain", "caf\xC3\xA9").find("text/plain; charset=utf-8; name") != std::string::npos);
    CHECK(with("text/plain", "caf\xC3").find("text/plain; name") != std::string::npos);
    CHECK(with("message/rfc822", "a\n").find("Content-Transfer-Encoding: 8bit") == std::string::npos);
    CHECK(with("message/rfc822", "\xC3\xA9\n").find("Content-Transfer-Encoding: 8bit") != std::string::npos);
    CHECK(with("message/rfc822", "a\n\nb").find("\r\na\r\n\r\nb\r\n") != std::string::npos);
}

TEST_CASE("attachments keep every byte and their names", "[message][rfc2231]")
{
    std::string bytes;
    for (int i = 0; i < 3000; ++i) bytes += static_cast<char>(i * 31);
    auto d = draft();
    d.html = "<p>Halo</p>";
    d.attachments = {{"tugas \xC3\xA9 \"1\".pdf", "application/pdf", bytes},
                     {"../etc/b\xFC.bin", "nonsense", bytes},
                     {"surat.eml", "message/rfc822", std::string("Subject: x\n\nisi")},
                     {"x\r\nY: z", "text/plain; charset=x\r\nEvil: y", std::string("teks")},
                     {"m", "multipart/mixed; boundary=x", std::string("--x")}};
    d.in_reply_to = "<a@b>";
    for (int i = 0; i < 100; ++i) d.references.push_back("<" + std::to_string(i) + "@x>");
    auto const text = message::compose(d);
    auto const root = scan(text);
    REQUIRE(root.children.size() == 6);
    CHECK(root.children[0].subtype == "alternative");
    CHECK(root.children[1].file_name() == "tugas \xC3\xA9 \"1\".pdf");
    CHECK(message::bytes_of(text, root.children[1]) == bytes);
    CHECK(root.children[2].file_name() == "b\xC3\xBC.bin");
    CHECK(root.children[2].is("application", "octet-stream"));
    CHECK(root.children[3].is_message());
    CHECK(root.children[4].is("text", "plain"));
    CHECK(root.children[5].is("application", "octet-stream"));
    auto const header = message::Header::parse(text);
    CHECK(message::parse_message_ids(header.first("References")).size() == 31);
    CHECK(header.find("Evil") == nullptr);
    CHECK(text.find("\nEvil") == std::string::npos);
    CHECK(text.find("\nY:") == std::string::npos);
    CHECK(ImapText::read(structure(text)));
}

TEST_CASE("a delivery report has the three parts of RFC 3464", "[message][rfc3464]")
{
    message::DeliveryReport report;
    report.from = message::parse_address_list("Mail Delivery System <postmaster@x.id>")[0];
    report.to = {"ali", "x.id"};
    report.subject = "Undelivered";
    report.date = report.arrival.emplace(1795274700000000);
    report.message_id = "<r@x.id>";
    report.in_reply_to = "<a@x.id>";
    report.text = "Surat tidak sampai \xE2\x98\xB9\n";
    report.reporting_mta = "mail.x.id";
    report.recipients = {{"", "siapa@x.id", "failed", "5.1.1", "mx.y", "550 5.1.1\r\nUnknown: us\xE9r", {}, {}},
                         {"rfc822;q@z",
                          "b\xC3\xBC"
                          "di@x.id",
                          "delayed", "4.0.0", "", "", 1795274700000000, 1795274700000000}};
    std::string const original = "Subject: asal\r\nFrom: ali@x.id\r\n\r\nrahasia\r\n";
    report.original = original;
    auto const text = message::compose_report(report);
    auto const root = scan(text);
    CHECK(raw_parameter(root.parameters, "report-type") == "delivery-status");
    REQUIRE(root.children.size() == 3);
    CHECK(root.children[1].is("message", "delivery-status"));
    auto const status = message::bytes_of(text, root.children[1]);
    CHECK(status.find("Reporting-MTA: dns; mail.x.id\r\n") != std::string::npos);
    CHECK(status.find("\r\n\r\nFinal-Recipient: rfc822; siapa@x.id\r\nAction: failed\r\nStatus: 5.1.1\r\n") !=
          std::string::npos);
    CHECK(status.find("Diagnostic-Code: smtp; 550 5.1.1  Unknown: us?r\r\n") != std::string::npos);
    CHECK(status.find("Final-Recipient: utf-8; b\\x{FC}di@x.id\r\n") != std::string::npos);
    CHECK(root.children[2].is("text", "rfc822-headers"));
    CHECK(text.find("rahasia") == std::string::npos);
    CHECK(message::Header::parse(text).first("Auto-Submitted") == "auto-replied");
    report.return_whole_message = true;
    auto const whole = message::compose_report(report);
    auto const whole_root = scan(whole);
    REQUIRE(whole_root.children.size() == 3);
    CHECK(whole_root.children[2].is_message());
    CHECK(whole_root.children[2].body.of(whole) == original);
}
