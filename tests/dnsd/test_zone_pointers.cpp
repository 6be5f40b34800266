#include "dnsd/zone/name.h"
#include "dnsd/zone/reverse.h"
#include "tests/dnsd/school_store.h"
#include "tests/support/catch.h"

using support::school;
constexpr auto reverse = "10.168.192.in-addr.arpa.";

TEST_CASE("the PTR of an address follows its names as they come and go", "[dns][store]")
{
    support::SchoolStore here;
    auto const before = here.info(reverse);
    REQUIRE(here.why("pc9 300 A 192.168.10.20\npc10 A 192.168.10.20") == "added");
    CHECK(here.pointer("20") == "pc10.smkn1pendalian.sch.id."); // alphabetically first
    CHECK(here.info(reverse).revision == before.revision + 1);
    CHECK(here.info(reverse).serial == before.serial + 1);
    CHECK(here.why_not_removed("pc10") == "removed");
    CHECK(here.pointer("20") == "pc9.smkn1pendalian.sch.id.");
    CHECK(here.why_not_removed("pc9") == "removed");
    CHECK(here.pointer("20") == "none");
    auto const same = here.info(reverse).revision;
    REQUIRE(here.why("pc1 TXT \"no address\"") == "added");
    CHECK(here.info(reverse).revision == same);
}

TEST_CASE("a mail server comes before a name server, and both before other names", "[dns][store]")
{
    support::SchoolStore here;
    REQUIRE(here.why("a A 192.168.10.30\nz A 192.168.10.30\ny A 192.168.10.30\n*.w A 192.168.10.31") == "added");
    CHECK(here.pointer("30") == "a.smkn1pendalian.sch.id.");
    CHECK(here.pointer("31") == "none");
    REQUIRE(here.why("@ NS y") == "added");
    CHECK(here.pointer("30") == "y.smkn1pendalian.sch.id.");
    REQUIRE(here.why("@ MX 20 z") == "added");
    CHECK(here.pointer("30") == "z.smkn1pendalian.sch.id.");
    REQUIRE(here.why_not_removed("@ MX 20 z") == "removed");
    CHECK(here.pointer("30") == "y.smkn1pendalian.sch.id.");
}

TEST_CASE("a PTR set by hand wins, and without it the one that follows is back", "[dns][store]")
{
    support::SchoolStore here;
    REQUIRE(here.why("2 PTR printer.smkn1pendalian.sch.id.", reverse) == "added");
    CHECK(here.pointer("2") == "printer.smkn1pendalian.sch.id.");
    REQUIRE(here.why_not_removed("www A 192.168.10.2") == "removed");
    CHECK(here.pointer("2") == "printer.smkn1pendalian.sch.id.");
    REQUIRE(here.why("www A 192.168.10.2") == "added");
    REQUIRE(here.why_not_removed("2 PTR", reverse) == "removed");
    CHECK(here.pointer("2") == "www.smkn1pendalian.sch.id.");
    CHECK(here.why_not_removed("2 PTR", reverse) == "this PTR record follows from an address record");
    // Written out what follows anyway: then it stays when the address goes.
    REQUIRE(here.why("2 PTR www.smkn1pendalian.sch.id.", reverse) == "added");
    REQUIRE(here.why_not_removed("www") == "removed");
    CHECK(here.pointer("2") == "www.smkn1pendalian.sch.id.");
}

TEST_CASE("a delegated part of a reverse zone belongs to the other server", "[dns][store][rfc2317]")
{
    support::SchoolStore here;
    CHECK(here.why("3 NS ns.lain.id.", reverse) == "added");
    CHECK(here.pointer("3") == "none");
    CHECK(here.why_not_removed("3 NS", reverse) == "removed");
    CHECK(here.pointer("3") == "mail.smkn1pendalian.sch.id.");
    CHECK(here.why("3 CNAME 3.0-25.10.168.192.in-addr.arpa.", reverse) == "added");
    CHECK(here.pointer("3") == "none");
}

TEST_CASE("a new reverse zone has its PTRs at once, and the smallest zone has them", "[dns][store]")
{
    support::SchoolStore here;
    REQUIRE(here.why("far A 192.168.77.5\nsix AAAA 2001:db8:1:2::5") == "added");
    REQUIRE(here.store->add_zone("192.168.0.0/16"));
    CHECK(here.pointer("5.77", "168.192.in-addr.arpa.") == "far.smkn1pendalian.sch.id.");
    CHECK(here.pointer("2.10", "168.192.in-addr.arpa.") == "none");
    REQUIRE(here.store->delete_zone(reverse));
    CHECK(here.pointer("2.10", "168.192.in-addr.arpa.") == "www.smkn1pendalian.sch.id.");
    REQUIRE(here.store->add_zone("192.168.10.0/24"));
    CHECK(here.pointer("2") == "www.smkn1pendalian.sch.id.");
    CHECK(here.pointer("2.10", "168.192.in-addr.arpa.") == "none");
    CHECK(here.has("192.168.0.0/16", "10.168.192.in-addr.arpa. NS ns.smkn1pendalian.sch.id."));
    REQUIRE(here.store->add_zone("2001:db8:1::/48"));
    CHECK(here.has("2001:db8:1::/48", "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR "
                                      "six.smkn1pendalian.sch.id."));
}

TEST_CASE("a zone that goes takes its PTRs out of the reverse zones", "[dns][store]")
{
    support::SchoolStore here;
    REQUIRE(here.store->add_zone("lab.id", "ns1", "192.168.10.60"));
    CHECK(here.pointer("60") == "ns1.lab.id.");
    REQUIRE(here.store->delete_zone("lab.id"));
    CHECK(here.pointer("60") == "none");
    CHECK(here.pointer("2") == "www.smkn1pendalian.sch.id.");
}

TEST_CASE("reverse names and the addresses below them", "[dns]")
{
    auto const wire = [](std::string_view text) { return dnsd::must_wire_name(text); };
    CHECK(dnsd::reverse_wire_name(std::string("\xC0\xA8\x0A\x14")) == wire("20.10.168.192.in-addr.arpa."));
    CHECK(dnsd::show_name(dnsd::reverse_wire_name(std::string(15, '\0') + '\x2F')) ==
          "f.2." + std::string("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.") + "ip6.arpa.");
    auto const v4 = dnsd::addresses_below(wire("168.192.in-addr.arpa.")).value();
    CHECK(v4.first == std::string("\xC0\xA8\0\0", 4));
    CHECK(v4.last == "\xC0\xA8\xFF\xFF");
    auto const v6 = dnsd::addresses_below(wire("d.0.1.0.0.2.ip6.arpa.")).value();
    CHECK(v6.first == std::string("\x20\x01\x0D", 3) + std::string(13, '\0'));
    CHECK(v6.last == std::string("\x20\x01\x0D", 3) + std::string(13, '\xFF'));
    for (auto const* other : {"sch.id.", "256.in-addr.arpa.", "01.in-addr.arpa.", "1.2.3.4.5.in-addr.arpa.",
                              "0-25.10.168.192.in-addr.arpa.", "g.ip6.arpa.", "10.ip6.arpa."})
        CHECK_FALSE(dnsd::addresses_below(wire(other)));
}
