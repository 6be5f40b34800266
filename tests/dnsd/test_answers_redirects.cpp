#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_replies.h"
#include "tests/support/catch.h"

using dnsd::AnswerKind;

namespace
{
dnsd::ZoneSet const& zones()
{
    static dnsd::ZoneSet const set = [] {
        support::ZoneDatabase database;
        std::string chain;
        for (int i = 1; i < 40; ++i)
            chain += "link" + std::to_string(i) + " 60 CNAME link" + std::to_string(i + 1) + "\n";
        auto const longest = std::string(63, 'm') + "." + std::string(63, 'n') + "." + std::string(60, 'o');
        database.add_zone("sch.id.", "$TTL 3600\n@ SOA ns hostmaster 7 3600 900 1209600 300\n@ NS ns\nns A 10.0.0.1\n"
                                     "old 120 DNAME new\nold TXT \"itself\"\nhidden.old A 10.0.0.7\n"
                                     "www.new A 10.0.0.2\n*.wild.new A 10.0.0.3\n"
                                     "away DNAME lab.id.\nfar DNAME example.com.\nlong DNAME " +
                                         longest +
                                         "\n"
                                         "alias CNAME www.old\nself DNAME self.self\n" +
                                         chain);
        database.add_zone("lab.id.", "$TTL 600\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns\nns A 10.0.1.1\n"
                                     "back CNAME www.new.sch.id.\n*.w CNAME x.y.w.lab.id.\n");
        return database.read();
    }();
    return set;
}

std::string ask(std::string const& name, std::uint16_t type = 1)
{
    return support::answer_of(zones(), {dnsd::must_wire_name(name), type, false});
}
constexpr auto soa = "\nauth sch.id. 300 SOA ns.sch.id. hostmaster.sch.id. 7 3600 900 1209600 300";
} // namespace

TEST_CASE("below a DNAME a CNAME is made, and followed", "[dns][rfc6672]")
{
    CHECK(ask("www.old.sch.id.") == "NOERROR aa\nold.sch.id. 120 DNAME new.sch.id.\n"
                                    "www.old.sch.id. 120 CNAME www.new.sch.id.\nwww.new.sch.id. 3600 A 10.0.0.2");
    CHECK(ask("a.b.wild.old.sch.id.") ==
          "NOERROR aa\nold.sch.id. 120 DNAME new.sch.id.\na.b.wild.old.sch.id. 120 CNAME a.b.wild.new.sch.id.\n"
          "a.b.wild.new.sch.id. 3600 A 10.0.0.3");
    CHECK(ask("nobody.old.sch.id.") == std::string("NXDOMAIN aa\nold.sch.id. 120 DNAME new.sch.id.\n"
                                                   "nobody.old.sch.id. 120 CNAME nobody.new.sch.id.") +
                                           soa);
    CHECK(ask("alias.sch.id.") ==
          "NOERROR aa\nalias.sch.id. 3600 CNAME www.old.sch.id.\nold.sch.id. 120 DNAME new.sch.id.\n"
          "www.old.sch.id. 120 CNAME www.new.sch.id.\nwww.new.sch.id. 3600 A 10.0.0.2");
}

TEST_CASE("a DNAME leads to other zones of ours, and out of them", "[dns][rfc6672]")
{
    CHECK(ask("ns.away.sch.id.") == "NOERROR aa\naway.sch.id. 3600 DNAME lab.id.\n"
                                    "ns.away.sch.id. 3600 CNAME ns.lab.id.\nns.lab.id. 600 A 10.0.1.1");
    CHECK(ask("back.away.sch.id.") ==
          "NOERROR aa\naway.sch.id. 3600 DNAME lab.id.\nback.away.sch.id. 3600 CNAME back.lab.id.\n"
          "back.lab.id. 600 CNAME www.new.sch.id.\nwww.new.sch.id. 3600 A 10.0.0.2");
    CHECK(ask("www.far.sch.id.") == "NOERROR aa\nfar.sch.id. 3600 DNAME example.com.\n"
                                    "www.far.sch.id. 3600 CNAME www.example.com.");
}

TEST_CASE("the owner of a DNAME has its own records, what is below is hidden", "[dns][rfc6672]")
{
    CHECK(ask("old.sch.id.", 16) == "NOERROR aa\nold.sch.id. 3600 TXT \"itself\"");
    CHECK(ask("old.sch.id.", 39) == "NOERROR aa\nold.sch.id. 120 DNAME new.sch.id.");
    CHECK(ask("old.sch.id.") == std::string("NOERROR aa") + soa);
    CHECK(ask("hidden.old.sch.id.") == std::string("NXDOMAIN aa\nold.sch.id. 120 DNAME new.sch.id.\n"
                                                   "hidden.old.sch.id. 120 CNAME hidden.new.sch.id.") +
                                           soa);
    CHECK(ask("www.old.sch.id.", 5) == "NOERROR aa\nold.sch.id. 120 DNAME new.sch.id.\n"
                                       "www.old.sch.id. 120 CNAME www.new.sch.id.");
}

TEST_CASE("what a DNAME leads to may be too long", "[dns][rfc6672]")
{
    auto const reply = ask(std::string(63, 'x') + ".a.long.sch.id.");
    CHECK(reply.substr(0, 45) == "YXDOMAIN aa\nlong.sch.id. 3600 DNAME mmmmmmmmm");
    CHECK(reply.find("CNAME") == std::string::npos);
    CHECK(ask("b.long.sch.id.").substr(0, 8) == "NXDOMAIN");
}

TEST_CASE("chains without an end are cut", "[dns]")
{
    auto const count = [](std::string const& text) { return std::count(text.begin(), text.end(), '\n'); };
    CHECK(count(ask("link1.sch.id.")) == 17);
    CHECK(count(ask("a.self.sch.id.")) < 40);
    CHECK(count(ask("q.w.lab.id.")) <= 3);
}

TEST_CASE("an alias of a wildcard is the wildcard's for rate limiting", "[dns]")
{
    auto const kind = [](std::string const& name) {
        return support::ask_zones(zones(), {dnsd::must_wire_name(name), 1, false}).sections.kind;
    };
    CHECK(kind("any.old.sch.id.") == AnswerKind::wildcard);
    CHECK(kind("any.w.lab.id.") == AnswerKind::wildcard);
    CHECK(kind("alias.sch.id.") == AnswerKind::positive);
    CHECK(kind("nobody.sch.id.") == AnswerKind::no_such_name);
    CHECK(kind("old.sch.id.") == AnswerKind::no_data);
    auto const about = [](std::string const& name) {
        return support::ask_zones(zones(), {dnsd::must_wire_name(name), 1, false}).sections.about;
    };
    CHECK(about("one.sch.id.") == about("another.sch.id."));
    CHECK(about("one.old.sch.id.") == about("another.old.sch.id."));
    CHECK(about("one.w.lab.id.") == about("another.w.lab.id."));
}
