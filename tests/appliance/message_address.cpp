#include "appliance/message/address_list.h"
#include "tests/support/catch.h"

using message::Address;
using message::AddressFault;
using message::AddressItem;
using message::PathKind;
using message::Utf8;

namespace
{
std::string path(std::string_view text, PathKind kind = PathKind::forward, Utf8 utf8 = Utf8::refuse)
{
    base::Cursor cursor(text);
    auto const address = message::parse_path(cursor, kind, utf8);
    if (address) return address->path() + "|" + std::string(cursor.rest());
    constexpr char const* names[] = {"syntax", "local_too_long", "domain_too_long", "path_too_long",
                                     "needs_smtputf8"};
    return names[static_cast<int>(address.error())];
}

/// "name|route|mailbox|host", groups as "{name" and "}".
std::vector<std::string> list(std::string_view text)
{
    std::vector<std::string> out;
    for (auto const& item : message::parse_address_list(text)) {
        if (item.kind == AddressItem::Kind::group_begin)
            out.push_back("{" + item.name);
        else if (item.kind == AddressItem::Kind::group_end)
            out.push_back("}");
        else
            out.push_back(item.name + "|" + item.route + "|" + item.mailbox + "|" + item.host);
    }
    return out;
}
using Lines = std::vector<std::string>;

std::string rewritten(std::string_view text)
{
    return message::format_address_list(message::parse_address_list(text));
}
} // namespace

TEST_CASE("paths are read and the cursor stands behind them", "[message][rfc5321]")
{
    CHECK(path("<budi@smkn1.sch.id> SIZE=5") == "<budi@smkn1.sch.id>| SIZE=5");
    CHECK(path("<Budi.S+x@SMKN1.Sch.ID>") == "<Budi.S+x@smkn1.sch.id>|");
    CHECK(path("<>", PathKind::reverse) == "<>|");
    CHECK(path("<>") == "syntax");
    CHECK(path("<budi>") == "<budi>|");
    CHECK(path("<Postmaster>") == "<Postmaster>|");
    CHECK(path("<budi>", PathKind::reverse) == "syntax");
    CHECK(path("<@a.example,@b.example:budi@c.id>X") == "<budi@c.id>|X");
    CHECK(path("<\"budi\"@x.id>") == "<budi@x.id>|");
    CHECK(path("<\"a b\\\"c\"@x.id>") == "<\"a b\\\"c\"@x.id>|");
    CHECK(path("<a@[192.0.2.1]>") == "<a@[192.0.2.1]>|");
    CHECK(path("<a@[ipv6:2001:DB8::1]>") == "<a@[IPv6:2001:db8::1]>|");
}

TEST_CASE("what is no path is refused with its reason", "[message][rfc5321]")
{
    for (auto const bad : {"",
                           "budi@x.id",
                           "<budi@x.id",
                           "<budi@>",
                           "<@x.id>",
                           "<a@b@c>",
                           "<a b@x.id>",
                           "<.a@x.id>",
                           "<a.@x.id>",
                           "<a..b@x.id>",
                           "<a@.x>",
                           "<a@x.>",
                           "<a@-x.id>",
                           "<a@x-.id>",
                           "<a@[1.2.3]>",
                           "<a@[2001:db8::1]>",
                           "<a@[IPv6:1.2.3.4]>",
                           "<a@[1.2.3.4>",
                           "<\"a@x>",
                           "<\"\"@x>",
                           "<\"a\r\n\"@x>",
                           "< a@x.id>",
                           "<a@x.id >",
                           "<@a,b:c@d>",
                           "<a@b>c"}) {
        INFO(bad);
        auto const result = path(bad);
        CHECK((result == "syntax" || result == "<a@b>|c"));
    }
    CHECK(path(std::string("<bu\0di@x.id>", 12)) == "syntax");
    CHECK(path("<" + std::string(65, 'a') + "@x.id>") == "local_too_long");
    CHECK(path("<" + std::string(64, 'a') + "@x.id>").size() == 72);
    CHECK(path("<a@" + std::string(64, 'x') + ".id>") == "domain_too_long");
    std::string const long_domain =
        std::string(60, 'x') + "." + std::string(60, 'y') + "." + std::string(60, 'z') + ".id";
    CHECK(path("<a@" + long_domain + "." + long_domain + ">") == "domain_too_long");
    CHECK(path("<" + std::string(64, 'a') + "@" + long_domain + ".abc.defg>") == "path_too_long");
}

TEST_CASE("UTF-8 in addresses needs SMTPUTF8", "[message][rfc6531]")
{
    CHECK(path("<b\xC3\xBC"
               "di@x.id>") == "needs_smtputf8");
    CHECK(path("<budi@sek\xC3\xB6lah.id>") == "needs_smtputf8");
    CHECK(path("<b\xC3\xBC"
               "di@sek\xC3\xB6lah.id>",
               PathKind::forward, Utf8::allow) == "<b\xC3\xBC"
                                                  "di@sek\xC3\xB6lah.id>|");
    CHECK(path("<b\xC3@x.id>", PathKind::forward, Utf8::allow) == "syntax");
}

TEST_CASE("an address is shown as it must be written", "[message][rfc5321]")
{
    CHECK(Address{"budi", "x.id"}.show() == "budi@x.id");
    CHECK(Address{"a b", "x.id"}.show() == "\"a b\"@x.id");
    CHECK(Address{"a\"\\", "x.id"}.show() == "\"a\\\"\\\\\"@x.id");
    CHECK(Address{}.path() == "<>");
    CHECK(Address::parse("budi@X.id") == Address{"budi", "x.id"});
    CHECK_FALSE(Address::parse("budi@x.id "));
    CHECK_FALSE(Address::parse("budi"));
}

TEST_CASE("address lists give names, mailboxes and hosts", "[message][rfc5322]")
{
    CHECK(list("budi@x.id") == Lines{"||budi|x.id"});
    CHECK(list("Budi Santoso <budi@x.id>, ali@y.id") == Lines{"Budi Santoso||budi|x.id", "||ali|y.id"});
    CHECK(list("\"Santoso, Budi\" <budi@x.id>") == Lines{"Santoso, Budi||budi|x.id"});
    CHECK(list("\"a\\\"b\" <c@d>") == Lines{"a\"b||c|d"});
    CHECK(list("J. B. Doe <j@x>") == Lines{"J. B. Doe||j|x"});
    CHECK(list("=?utf-8?Q?Budi,_S?= <budi@x.id>") == Lines{"=?utf-8?Q?Budi,_S?=||budi|x.id"});
    CHECK(list("\"a b\"@x.id") == Lines{"||a b|x.id"});
    CHECK(list("a@[192.0.2.1]") == Lines{"||a|[192.0.2.1]"});
    CHECK(list("budi@x.id (Budi Santoso)") == Lines{"Budi Santoso||budi|x.id"});
    CHECK(list("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>") == Lines{"Pete||pete|silly.test"});
    CHECK(list("Joe <@a.x,@b.y:joe@c.z>") == Lines{"Joe|@a.x,@b.y|joe|c.z"});
    CHECK(list("budi . santoso @ x . id") == Lines{"||budi.santoso|x.id"});
    CHECK(list("Budi,\r\n Ali <ali@x>") == Lines{"||Budi|", "Ali||ali|x"});
    CHECK(list("").empty());
    CHECK(list(" , ,, ").empty());
}

TEST_CASE("groups have a begin and an end", "[message][rfc5322]")
{
    CHECK(list("undisclosed-recipients:;") == Lines{"{undisclosed-recipients", "}"});
    CHECK(list("Kelas X: ali@x, \"B\" <b@x>; c@d") == Lines{"{Kelas X", "||ali|x", "B||b|x", "}", "||c|d"});
    CHECK(list("A:a@b;,B:;") == Lines{"{A", "||a|b", "}", "{B", "}"});
    CHECK(list("A: a@b") == Lines{"{A", "||a|b", "}"});
}

TEST_CASE("broken address lists give what makes sense", "[message][rfc5322]")
{
    CHECK(list("A <a@b> B <c@d>") == Lines{"A||a|b", "B||c|d"});
    CHECK(list("A <a@b, B <c@d>") == Lines{"A||a|b", "B||c|d"});
    CHECK(list("a@b; c@d") == Lines{"||a|b", "||c|d"});
    CHECK(list("Budi budi@x.id") == Lines{"Budi||budi|x.id"});
    CHECK(list("a@b@c") == Lines{"||a@b|c"});
    CHECK(list("Budi <>") == Lines{"Budi|||"});
    CHECK(list("\"unclosed <a@b>") == Lines{"||unclosed <a@b>|"});
    CHECK(list("a@b (unclosed (comment") == Lines{"unclosed (comment||a|b"});
    CHECK(list("a@b\r\nBcc: c@d") == Lines{"a@bBcc:||c|d"});
    CHECK(list(std::string("bu\0di@x\x01", 8)) == Lines{"||budi|x"});
}

TEST_CASE("hostile address lists take linear time", "[message][rfc5322]")
{
    for (std::string const piece :
         {"<", "(", "\"", ":", ";", ",", "@", "a@b:", "<a", "<@a,", "=?", "a ", "[", ".", "a:;", "\\"}) {
        std::string text = "a@b ";
        while (text.size() < 1000000) text += piece;
        CHECK(message::parse_address_list(text).size() <= message::address_list_max + 1);
    }
}

TEST_CASE("lists are written so that they are read the same", "[message][rfc5322]")
{
    CHECK(rewritten("Budi <b@x>, c@d") == "Budi <b@x>, c@d");
    CHECK(rewritten("\"Santoso, Budi\" <b@x>") == "\"Santoso, Budi\" <b@x>");
    CHECK(rewritten("B\xC3\xBC"
                    "di <b@x>") == "=?utf-8?B?QsO8ZGk=?= <b@x>");
    CHECK(rewritten("=?iso-8859-1?Q?B=FCdi?= <b@x>") == "=?utf-8?B?QsO8ZGk=?= <b@x>");
    CHECK(rewritten("A:a@b, c@d;, e@f") == "A: a@b, c@d;, e@f");
    CHECK(rewritten("\"x\r\nBcc: y@z\" <a@b>") == "\"xBcc: y@z\" <a@b>");
    CHECK(message::show_address_list(message::parse_address_list("=?utf-8?Q?B=C3=BCdi?= <b@x>, c@d")) ==
          "B\xC3\xBC"
          "di <b@x>, c@d");
}

TEST_CASE("recipients of a list are the usable addresses, each once", "[message]")
{
    auto const parsed =
        message::parse_address_list("Ali <ali@X.id>, budi, ali@x.id, Kelas: guru1@x.id;, Budi Santoso, a@b@c, d@-e");
    std::vector<std::string> shown;
    for (auto const& address : message::recipients_of(parsed)) shown.push_back(address.show());
    CHECK(shown == Lines{"ali@x.id", "budi", "guru1@x.id", "\"a@b\"@c"});
    CHECK(message::unusable_in(parsed) == Lines{"Budi Santoso", "d@-e"});
}
