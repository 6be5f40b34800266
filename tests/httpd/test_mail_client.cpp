#include "appliance/imap_client/modified_utf7.h"
#include "httpd/mail/imap_client.h"
#include "httpd/mail/imap_reading.h"
#include "httpd/webmail/body.h"
#include "tests/support/catch.h"

namespace
{
httpd::mail::ImapResponse parsed(std::string_view text)
{
    auto response = imap_client::parse_imap_response(std::string(text));
    REQUIRE(response);
    return std::move(*response);
}

constexpr std::string_view mixed =
    "* 2 FETCH (UID 9 FLAGS (\\Seen) INTERNALDATE \"21-Nov-2026 22:25:00 +0700\" RFC822.SIZE 5000 "
    "ENVELOPE (\"Sat, 21 Nov 2026 05:25:00 +0700\" \"=?utf-8?Q?Selamat_pagi?=\" ((\"Ali\" NIL \"ali\" "
    "\"x.example\")) NIL NIL "
    "((NIL NIL \"budi\" \"x.example\")) NIL NIL NIL \"<1@x>\") BODYSTRUCTURE (((\"text\" \"plain\" (\"charset\" "
    "\"utf-8\") NIL NIL "
    "\"7bit\" 10 1)((\"text\" \"html\" NIL NIL NIL \"base64\" 50 2)(\"image\" \"png\" NIL \"<logo@x>\" NIL "
    "\"base64\" 780 NIL (\"inline\" "
    "NIL)) \"related\") \"alternative\" (\"boundary\" \"b\"))(\"application\" \"pdf\" (\"name\" \"a.pdf\") NIL NIL "
    "\"base64\" 1560 NIL "
    "(\"attachment\" (\"filename\" \"tugas.pdf\"))) \"mixed\"))";
} // namespace

TEST_CASE("A FETCH answer becomes a row of the list", "[httpd][imap]")
{
    auto const summary = httpd::mail::read_summary(parsed(mixed));
    CHECK(summary.uid == 9);
    CHECK(summary.flags.seen);
    CHECK(summary.subject == "Selamat pagi");
    CHECK(summary.from.at(0).name == "Ali");
    CHECK(summary.has_attachment);
    CHECK(summary.date == 1795274700LL * 1000000);
}

TEST_CASE("The list knows which messages bring files", "[httpd][imap]")
{
    auto const brings = [](std::string const& structure) {
        return httpd::mail::read_summary(parsed("* 1 FETCH (BODYSTRUCTURE " + structure + ")")).has_attachment;
    };
    std::string const plain = R"(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 10 1))";
    std::string const named = R"(("TEXT" "PLAIN" ("NAME" "a.txt") NIL NIL "7bit" 10 1))";
    std::string const long_name = R"(("text" "plain" ("name*" "utf-8''a.txt") NIL NIL "7bit" 10 1))";
    std::string const attached = R"(("text" "html" NIL NIL NIL "7bit" 10 1 NIL ("attachment" NIL)))";
    std::string const logo = R"(("image" "png" NIL "<logo@x>" NIL "base64" 780 NIL ("inline" NIL)))";
    std::string const picture = R"(("image" "png" NIL NIL NIL "base64" 780))";
    for (auto const& none : {plain, "(" + plain + plain + R"( "alternative" ("boundary" "b") NIL NIL))",
                             "((" + plain + logo + R"( "related" ("type" "text/html")) "mixed"))"})
        CHECK_FALSE(brings(none));
    for (auto const& some : {named, long_name, attached, picture, "(" + plain + picture + R"( "mixed"))",
                             "((" + plain + attached + R"( "mixed") "mixed"))"})
        CHECK(brings(some));
}

TEST_CASE("The text is one of the alternatives, files are listed once", "[httpd][imap]")
{
    auto const message = httpd::mail::read_message(parsed(mixed));
    using namespace httpd::webmail;
    auto const html = body_of(message.root, Prefer::html);
    REQUIRE(html.texts.size() == 1);
    CHECK(html.texts[0]->section == "1.2.1");
    CHECK(html.has_both);
    REQUIRE(html.files.size() == 2); // the logo and the PDF
    CHECK(html.files[1]->file_name() == "tugas.pdf");
    auto const text = body_of(message.root, Prefer::text);
    REQUIRE(text.texts.size() == 1);
    CHECK(text.texts[0]->section == "1.1");
}

TEST_CASE("Literals, quoting and sections are read as the grammar says", "[httpd][imap][rfc3501]")
{
    auto const fetch = parsed("* 1 FETCH (BODY[1]<0> {5}\r\na)\r\n\" UID 4)");
    CHECK(httpd::mail::fetch_item(fetch, "BODY[").text == "a)\r\n\"");
    CHECK(httpd::mail::fetch_item(fetch, "uid").number() == 4);
    auto const list = parsed(R"(* LIST (\Sent) "/" "a \"b\\c\"" NIL ("" ("x\"") y))");
    CHECK(list.values[2].text == R"(a "b\c")");
    CHECK(list.values[3].kind == imap_client::ImapValue::Kind::nil);
    CHECK(list.values[4].item(0).is_string());
    CHECK(list.values[4].item(1).item(0).text == "x\"");
    CHECK(list.values[4].item(2).is_atom("Y"));
    CHECK(list.values[4].item(3).text.empty());
    CHECK(parsed("A1 NO [OVERQUOTA] full").code == "OVERQUOTA");
    CHECK(imap_client::announced_literal("* 1 FETCH (BODY[] {12}") == 12u);
    for (std::string const bad : {"", "*", "* 1 FETCH (", "* LIST () \"/\" \"a", "* 1 FETCH (BODY[] {9}\r\nx)"})
        CHECK_FALSE(imap_client::parse_imap_response(bad));
    std::string const deep = "* 1 FETCH " + std::string(100000, '(');
    CHECK_FALSE(imap_client::parse_imap_response(deep));
}

TEST_CASE("Mailbox names survive modified UTF-7", "[httpd][imap][rfc3501]")
{
    using namespace httpd::mail;
    for (std::string const name : {"Sent", "A & B", "Tugas \u00e9\u4e2d", "\U0001F4DA/buku", ""})
        CHECK(imap_client::from_modified_utf7(imap_client::to_modified_utf7(name)) == name);
    CHECK(imap_client::to_modified_utf7("\u53f0\u5317") == "&U,BTFw-");
    CHECK(imap_client::from_modified_utf7("&Jjo-!") == "\u263a!");
    CHECK(imap_client::from_modified_utf7("&broken") == "&broken");
}

TEST_CASE("Arguments cannot break out of a command", "[httpd][imap]")
{
    CHECK(httpd::mail::imap_argument("a\"b\\c") == "\"a\\\"b\\\\c\"");
    CHECK(httpd::mail::imap_argument("a\r\nA2 DELETE x") == "{14+}\r\na\r\nA2 DELETE x");
    CHECK(httpd::mail::imap_argument("\u00e9") == "{2+}\r\n\u00e9");
}

TEST_CASE("Plain text is shown by depth of quoting with its links", "[httpd]")
{
    auto const blocks = httpd::webmail::text_blocks("Halo\nlihat https://x.example/a?b=1.\n> dikutip\n>> lagi\n");
    REQUIRE(blocks.size() == 3);
    CHECK(blocks[1].get("level")->string_value() == "1");
    CHECK(blocks[2].get("level")->string_value() == "2");
    auto const& pieces = blocks[0].get("pieces")->list_value();
    REQUIRE(pieces.size() == 3);
    CHECK(pieces[1].get("piece")->string_value() == "https://x.example/a?b=1");
    CHECK(pieces[1].get("is_link")->is_true());
}
