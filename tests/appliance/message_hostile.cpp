// Mail made to hurt: whatever comes, reading it is linear, bounded, and the answer is good IMAP grammar.

#include "appliance/message/imap_structure.h"
#include "appliance/message/preview.h"
#include "appliance/message/search_text.h"
#include "tests/support/catch.h"
#include "tests/support/imap_text.h"
#include "tests/support/linear_time.h"

using message::SectionText;

namespace
{
std::string times(std::size_t count, std::string_view text)
{
    std::string out;
    out.reserve(count * text.size());
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

std::size_t count_parts(message::Part const& part)
{
    std::size_t count = 1;
    for (auto const& child : part.children) count += count_parts(child);
    return count;
}

/// Everything that delivery, FETCH and SEARCH do with it.
message::Part check_what_is_done(std::string const& mail)
{
    auto root = message::scan(mail);
    CHECK(count_parts(root) <= message::part_count_max + 1);
    for (auto const& text : {message::imap_envelope(mail, root), message::imap_body(mail, root),
                             message::imap_bodystructure(mail, root)})
        CHECK(support::ImapText::read(text).has_value());
    CHECK(message::preview(mail, root).size() <= 120 * 4);
    CHECK_FALSE(message::contains(mail, "tidak ada di mana pun", message::SearchScope::header_and_body));
    CHECK(message::find_section(root, {}, SectionText::body)->size() <= mail.size());
    return root;
}

message::Part check_all(std::string const& mail)
{
    return support::in_linear_time(20, [&] { return check_what_is_done(mail); });
}

std::string nested_multiparts(std::size_t depth)
{
    std::string mail;
    for (std::size_t i = 0; i < depth; ++i) {
        auto const b = "b" + std::to_string(i);
        mail += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
    }
    return mail + "\r\ninnermost\r\n";
}
} // namespace

TEST_CASE("1,000 multiparts in each other end at the limit", "[message][hostile]")
{
    check_all(nested_multiparts(1000));
    check_all(nested_multiparts(100000));
}

TEST_CASE("1,000 messages in each other end at the limit", "[message][hostile]")
{
    check_all(times(1000, "Content-Type: message/rfc822\r\n\r\n") + "\r\nx");
    check_all(times(100000, "Content-Type: message/global\n\n"));
}

TEST_CASE("100,000 parts end at the limit, and the rest is one attachment", "[message][hostile]")
{
    auto const mail =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + times(100000, "--b\r\n\r\nx\r\n") + "--b--\r\n";
    auto const root = check_all(mail);
    CHECK(root.children.size() == message::part_count_max - 1);
    CHECK(root.children.back().is_opaque);
    CHECK(root.children.back().body.end == mail.size());
    check_all("Content-Type: multipart/digest; boundary=b\r\n\r\n" + times(100000, "--b\r\n\r\nSubject: x\r\n\r\n"));
}

TEST_CASE("A header of 10 MB is read in linear time, however it is made", "[message][hostile]")
{
    constexpr std::size_t size = 10'000'000;
    for (std::string_view const piece : {"X-A: b\r\n", "To: a@b, c@d, \"e\" <f@g>;\r\n", "Subject: =?utf-8?Q?a\r\n",
                                         "References: <a@b> <\r\n", "Content-Type: a/b; c*0=d; c*1*=%41\r\n",
                                         "\r\r\n", "x\0: y\r\n", "Content-Type: multipart/mixed; boundary=\r\n"})
        check_all(times(size / piece.size(), piece) + "\r\nbody");
    for (std::string_view const begin : {"Subject: ", "To: ", "Content-Type: a/b; ", "Content-Description: ",
                                         "Content-Disposition: a; ", "References: ", "Date: ", "Content-Language: "})
        for (std::string_view const piece : {"=?utf-8?Q?", "=?a?b?c?=", "((((", "\"\\", "a@b,", "<a", "x*1*=y;",
                                             "a\r\n b", ",", "&#<", "=?utf-8?B?====?= "})
            check_all(std::string(begin) + times(size / 10 / piece.size(), piece) + "\r\n\r\nbody");
}

TEST_CASE("Lines that look like boundaries cost no more than others", "[message][hostile]")
{
    std::string mail;
    std::string const common(900, 'b');
    for (int i = 0; i < 99; ++i) {
        auto const boundary = common + std::to_string(100 + i);
        mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    check_all(mail + "\r\n" + times(10000, "--" + common + "0x0\r\n"));
    check_all("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + times(3'000'000, "--\n"));
}

TEST_CASE("HTML made to hurt is read in linear time", "[message][hostile]")
{
    for (std::string_view const piece :
         {"<", "<a", "<style>", "</style", "<!--", "&#", "&amp", "<script></script>", "<b><"})
        check_all("Content-Type: text/html\r\n\r\n" + times(3'000'000 / piece.size(), piece));
}

TEST_CASE("Boundaries that begin like others part only what is theirs", "[message][hostile]")
{
    auto const root =
        check_all("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                  "Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bbb\r\n--bb--\r\n"
                  "--b\r\n\r\ntwo\r\n--b--x\r\n--b--\r\n");
    REQUIRE(root.children.size() == 2);
    CHECK(root.children[0].children.size() == 1);
}

TEST_CASE("Empty and broken messages have a structure", "[message][hostile]")
{
    for (std::string const& mail :
         {std::string(), std::string("\0", 1), std::string("\r"), std::string("\n"), std::string("\r\n\r\n"),
          std::string(":"), std::string("Content-Type:\r\n\r\n"), std::string("Content-Type: /\r\n\r\n"),
          std::string("Content-Type: multipart/mixed\r\n\r\n"), std::string("Content-Type: multipart/x; boundary=b"),
          std::string("Content-Type: message/rfc822"), std::string("Content-Type: message/rfc822\r\n\r\n"),
          std::string("Content-Type: text/plain; charset=\"\r\n\r\n\xff\xfe") + std::string(2, '\0')})
        check_all(mail);
}
