// The words of IMAP: names, sets, dates, flags, items, keys, patterns.

#include "appliance/message/fold.h"
#include "maild/imap/fetch_items.h"
#include "maild/imap/list.h"
#include "maild/imap/reply.h"
#include "maild/imap/search_keys.h"
#include "maild/imap/utf7.h"
#include "tests/support/catch.h"

#include <deque>

using maild::imap::ClientError;
using maild::imap::from_modified_utf7;
using maild::imap::Literal;
using maild::imap::LiteralSource;
using maild::imap::matches_pattern;
using maild::imap::must_fetch_items;
using maild::imap::must_search_program;
using maild::imap::Parser;
using maild::imap::SearchKey;
using maild::imap::show_date_time;
using maild::imap::show_flags;
using maild::imap::show_uid_set;
using maild::imap::to_modified_utf7;
using message::fold;

namespace
{
/// Literals come from a list: the bytes of one and the rest of the line behind it, in turn.
class Texts final : public LiteralSource
{
public:
    std::deque<std::string> texts;
    int synchronized = 0;

    void accept(Literal const& literal) override { synchronized += literal.synchronizing ? 1 : 0; }
    std::string_view read_piece(std::size_t) override
    {
        if (given_) {
            given_ = false;
            return {};
        }
        given_ = true;
        current_ = texts.front();
        texts.pop_front();
        return current_;
    }
    std::string read_rest() override
    {
        auto rest = texts.front();
        texts.pop_front();
        return rest;
    }

private:
    std::string current_;
    bool given_ = false;
};

struct Input {
    Texts source;
    Parser parser;
    explicit Input(std::string line, std::deque<std::string> more = {})
        : source(), parser(std::move(line), source, {100, 1000})
    {
        source.texts = std::move(more);
    }
};

std::string items_of(std::string const& text)
{
    Input input(text);
    std::string names;
    for (auto const& item : must_fetch_items(input.parser)) names += item.name + (item.sets_seen ? "! " : " ");
    input.parser.must_end();
    return names;
}

SearchKey key_of(std::string const& text)
{
    Input input(text);
    auto key = must_search_program(input.parser);
    input.parser.must_end();
    return key;
}
} // namespace

TEST_CASE("mailbox names travel in modified UTF-7", "[imap][rfc3501]")
{
    auto const [utf8, wire] = GENERATE(table<std::string, std::string>({
        {"INBOX", "INBOX"},
        {"Tugas & Nilai", "Tugas &- Nilai"},
        {"Entwürfe", "Entw&APw-rfe"},
        {"台北/日本語", "&U,BTFw-/&ZeVnLIqe-"},
        {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
        {"😀", "&2D3eAA-"},
    }));
    CHECK(to_modified_utf7(utf8) == wire);
    CHECK(from_modified_utf7(wire) == utf8);
    CHECK(from_modified_utf7(utf8 == "Tugas & Nilai" ? wire : utf8) == utf8);
}

TEST_CASE("malformed modified UTF-7 is no name", "[imap][rfc3501]")
{
    for (auto const* const bad :
         {"A&B", "&", "&AGE-", "&2D0-", "&2D3", "&!-", "&APwA-", "a\tb", "\xff", "&3gA-", "&AAA-"})
        CHECK_FALSE(from_modified_utf7(bad));
}

TEST_CASE("sequence sets are ordered, joined and resolved", "[imap][rfc3501]")
{
    Input input("4,7:5,2,*:9,3");
    auto const ranges = input.parser.must_sequence_set().resolved(10);
    REQUIRE(ranges.size() == 2);
    CHECK(ranges[0].first == 2);
    CHECK(ranges[0].second == 7);
    CHECK(ranges[1].first == 9);
    CHECK(ranges[1].second == 10);
    Input all("1:4294967295,4294967295:*");
    CHECK(all.parser.must_sequence_set().resolved(4294967295).size() == 1);
    CHECK(show_uid_set({1, 2, 3, 7, 9, 10}) == "1:3,7,9:10");
    for (auto const* const bad : {"0", "1:", "a", ",1", "4294967296", ":1", "-1"}) {
        Input wrong(bad);
        CHECK_THROWS_AS(wrong.parser.must_sequence_set(), ClientError);
    }
}

TEST_CASE("strings come as atoms, quoted or as literals", "[imap][rfc3501]")
{
    Input input("ali \"a \\\"b\\\\\" {3}", {"x y", " {2+}", "\r\n", " end"});
    CHECK(input.parser.must_astring() == "ali");
    input.parser.must_space();
    CHECK(input.parser.must_astring() == "a \"b\\");
    input.parser.must_space();
    CHECK(input.parser.must_astring() == "x y");
    input.parser.must_space();
    CHECK(input.parser.must_astring() == "\r\n");
    input.parser.must_space();
    CHECK(input.parser.must_atom() == "end");
    input.parser.must_end();
    CHECK(input.source.synchronized == 1);
}

TEST_CASE("a literal over the limit is refused before it is asked for", "[imap]")
{
    for (auto const* const line : {"{101}", "{4294967296}", "{99999999999999999999999+}"}) {
        Input input(line);
        CHECK_THROWS_AS(input.parser.must_astring(), ClientError);
        CHECK(input.source.synchronized == 0);
    }
}

TEST_CASE("quoted strings must end and escape only what may be escaped", "[imap]")
{
    for (auto const* const line : {"\"abc", "\"a\\b\"", "\"", "\"\\"}) {
        Input input(line);
        CHECK_THROWS_AS(input.parser.must_astring(), ClientError);
    }
}

TEST_CASE("dates with time are read in any zone and shown in UTC", "[imap][rfc3501]")
{
    Input input("\"21-Nov-2026 06:25:00 +0700\"");
    auto const when = input.parser.must_date_time();
    CHECK(show_date_time(when) == "\"20-Nov-2026 23:25:00 +0000\"");
    Input padded("\" 1-jan-1970 00:00:00 +0000\"");
    CHECK(padded.parser.must_date_time() == 0);
    CHECK(show_date_time(0) == "\" 1-Jan-1970 00:00:00 +0000\"");
    for (auto const* const bad : {"\"31-Feb-2026 00:00:00 +0000\"", "\"1-Feb-2026 00:00:00 +0000\"",
                                  "\"01-Feb-2026 24:00:00 +0000\"", "\"01-Foo-2026 00:00:00 +0000\""}) {
        Input wrong(bad);
        CHECK_THROWS_AS(wrong.parser.must_date_time(), ClientError);
    }
}

TEST_CASE("flags keep their bits, keywords come once and sorted", "[imap]")
{
    Input input("(\\Seen $Forwarded \\draft Junk junk \\Recent)");
    auto const flags = input.parser.must_flag_list();
    CHECK(show_flags(flags, false) == "(\\Seen \\Draft $Forwarded Junk)");
    CHECK(show_flags({}, true) == "(\\Recent)");
    Input unknown("(\\Foo)");
    CHECK_THROWS_AS(unknown.parser.must_flag_list(), ClientError);
}

TEST_CASE("FETCH items, macros and sections", "[imap][rfc3501]")
{
    CHECK(items_of("FAST") == "FLAGS INTERNALDATE RFC822.SIZE ");
    CHECK(items_of("ALL") == "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE ");
    CHECK(items_of("full") == "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY ");
    CHECK(items_of("(uid BODY.PEEK[])") == "UID BODY[] ");
    CHECK(items_of("BODY[1.2.mime]<5.10>") == "BODY[1.2.MIME]<5>! ");
    CHECK(items_of("BODY.PEEK[HEADER.FIELDS (From \"X y\")]") == "BODY[HEADER.FIELDS (From \"X y\")] ");
    CHECK(items_of("(RFC822 RFC822.HEADER RFC822.TEXT BODY[3.TEXT])") ==
          "RFC822! RFC822.HEADER RFC822.TEXT! BODY[3.TEXT]! ");
    for (auto const* const bad :
         {"(ALL)", "BODY[", "BODY[MIME]", "BODY[1.]", "BODY[0]", "BODY[]<1>", "BODY[]<1.0>", "X", "()", "(FLAGS",
          "BODY[HEADER.FIELDS]", "BODY[HEADER.FIELDS ()]", "BODY[TEXT.1]"})
        CHECK_THROWS_AS(items_of(bad), ClientError);
}

TEST_CASE("SEARCH keys become a tree", "[imap][rfc3501]")
{
    auto const key = key_of("OR (SEEN FROM \"Ali\") NOT UID 1:* SINCE 1-Feb-2026");
    REQUIRE(key.kind == SearchKey::Kind::both);
    REQUIRE(key.children.size() == 2);
    CHECK(key.children[0].kind == SearchKey::Kind::either);
    CHECK(key.children[0].children[0].children[1].text == "ali");
    CHECK(key.children[1].day == message::Day{2026, 2, 1});
    for (auto const* const bad : {"", "FOO", "OR SEEN", "NOT", "(SEEN", "HEADER X", "SINCE 32-Jan-2026",
                                  "CHARSET X-NONE ALL", "LARGER x", "SEEN ", "SEEN  SEEN"})
        CHECK_THROWS_AS(key_of(bad), ClientError);
    CHECK_THROWS_AS(key_of(std::string(60, '(') + "ALL" + std::string(60, ')')), ClientError);
    std::string nots;
    for (int i = 0; i < 100; ++i) nots += "NOT ";
    CHECK_THROWS_AS(key_of(nots + "ALL"), ClientError);
}

TEST_CASE("texts are folded without their case and keep their length", "[imap]")
{
    CHECK(fold("Über ÉCOLE Žluťoučký ΑΘΗΝΑ Москва Ё") == "über école žluťoučký αθηνα москва ё");
    CHECK(fold("\xff\xc3") == "\xff\xc3");
}

TEST_CASE("LIST patterns", "[imap][rfc3501]")
{
    CHECK(matches_pattern("*", "a/b"));
    CHECK(matches_pattern("%", "a"));
    CHECK_FALSE(matches_pattern("%", "a/b"));
    CHECK(matches_pattern("a/%", "a/b"));
    CHECK_FALSE(matches_pattern("a/%", "a"));
    CHECK(matches_pattern("inb%", "INBOX"));
    CHECK_FALSE(matches_pattern("sent", "Sent"));
    CHECK(matches_pattern("%/%/c*", "a/b/c/d"));
    CHECK_FALSE(matches_pattern(std::string(500, '*') + "x", std::string(900, 'a')));
}
