#include "dnsd/zone/soa.h"
#include "tests/dnsd/school_store.h"
#include "tests/support/catch.h"

using School = support::SchoolStore;
using support::school;

TEST_CASE("setup makes the school's forward zone and the reverse zone of its network", "[dns][store]")
{
    School here;
    auto const zones = here.store->zones();
    REQUIRE(zones.size() == 2);
    CHECK(zones[0].name == school);
    CHECK(zones[1].name == "10.168.192.in-addr.arpa.");
    CHECK(zones[0].serial > 2026000000U);
    CHECK(here.store->default_zone() == school);
    CHECK(here.has(school, "smkn1pendalian.sch.id. NS ns.smkn1pendalian.sch.id."));
    CHECK(here.has(school, "smkn1pendalian.sch.id. A 192.168.10.1"));
    CHECK(here.has(school, "smkn1pendalian.sch.id. MX 10 mail.smkn1pendalian.sch.id."));
    CHECK(here.has(school, "ns.smkn1pendalian.sch.id. A 192.168.10.1"));
    CHECK(here.has(school, "www.smkn1pendalian.sch.id. A 192.168.10.2"));
    CHECK(here.has(school, "mail.smkn1pendalian.sch.id. A 192.168.10.3"));
    CHECK(zones[0].records == 7);
}

TEST_CASE("PTR records follow from the addresses, and the apex never wins over a host", "[dns][store]")
{
    School here;
    auto const reverse = here.lines("192.168.10.0/24");
    CHECK(std::vector<std::string>(reverse.begin() + 2, reverse.end()) ==
          std::vector<std::string>{"1.10.168.192.in-addr.arpa. PTR ns.smkn1pendalian.sch.id.",
                                   "2.10.168.192.in-addr.arpa. PTR www.smkn1pendalian.sch.id.",
                                   "3.10.168.192.in-addr.arpa. PTR mail.smkn1pendalian.sch.id."});
    here.store->add(school, "pc20 A 192.168.10.20").value();
    CHECK(here.has("10.168.192.in-addr.arpa", "20.10.168.192.in-addr.arpa. PTR pc20.smkn1pendalian.sch.id."));
    here.store->add("10.168.192.in-addr.arpa", "20 PTR printer.smkn1pendalian.sch.id.").value();
    CHECK(here.has("10.168.192.in-addr.arpa", "20.10.168.192.in-addr.arpa. PTR printer.smkn1pendalian.sch.id."));
    CHECK_FALSE(here.has("10.168.192.in-addr.arpa", "20.10.168.192.in-addr.arpa. PTR pc20.smkn1pendalian.sch.id."));
    auto const removed = here.store->remove("10.168.192.in-addr.arpa", "2 PTR");
    REQUIRE_FALSE(removed);
    CHECK(removed.error().why == "this PTR record follows from an address record");
}

TEST_CASE("networks are rounded to the covering reverse zone", "[dns][store]")
{
    auto const reverse = [](std::string const& network) {
        auto zones = dnsd::make_school_zones({"a.sch.id", network, "", "", "", ""});
        return std::move(zones).value().back().name;
    };
    CHECK(reverse("10.1.2.3/8") == "10.in-addr.arpa.");
    CHECK(reverse("172.16.16.0/20") == "16.172.in-addr.arpa.");
    CHECK(reverse("192.168.10.64/26") == "10.168.192.in-addr.arpa.");
    CHECK(reverse("2001:db8:12:3400::1/56") == "4.3.2.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
}

TEST_CASE("every change raises the serial and the revision", "[dns][store]")
{
    School here;
    auto const before = here.store->zones()[0];
    here.store->add(school, "pc1 A 192.168.10.11").value();
    auto const between = here.store->zones()[0];
    CHECK(between.serial == before.serial + 1);
    CHECK(between.revision == before.revision + 1);
    here.store->remove(school, "pc1").value();
    CHECK(here.store->zones()[0].serial == before.serial + 2);
    CHECK_FALSE(here.store->remove(school, "pc1"));
    CHECK(here.store->zones()[0].serial == before.serial + 2);
}

TEST_CASE("the same record with another TTL changes the TTL of all records of that name and type",
          "[dns][store][rfc2181]")
{
    School here;
    here.store->add(school, "pc1 A 192.168.10.11\npc1 A 192.168.10.12").value();
    auto const before = here.store->zones()[0].serial;
    here.store->add(school, "pc1 60 A 192.168.10.11").value();
    CHECK(here.store->zones()[0].serial == before + 1);
    for (auto const& record : here.store->records(school).value())
        if (record.owner == "pc1.smkn1pendalian.sch.id.") CHECK(record.ttl == 60);
    CHECK(here.why("pc1 60 A 192.168.10.11") == "this record is there already");
}

TEST_CASE("serials are the date with a counter and never go back", "[dns][store][rfc1982]")
{
    constexpr base::Timestamp november_21 = 1795219200000000; // 2026-11-21 00:00 UTC
    CHECK(dnsd::next_serial(0, november_21) == 2026112101U);
    CHECK(dnsd::next_serial(2026112101U, november_21) == 2026112102U);
    CHECK(dnsd::next_serial(2026112199U, november_21) == 2026112200U);
    CHECK(dnsd::next_serial(2030010100U, november_21) == 2030010101U);
    CHECK(dnsd::is_newer_serial(1, 4294967295U));
}

TEST_CASE("a wrong record is refused with a reason and changes nothing", "[dns][store]")
{
    School here;
    auto const before = here.store->zones()[0];
    CHECK(here.why("pc1 A 192.168.10.300") == "this is not an IPv4 address");
    CHECK(here.why("pc1 AAAA 192.168.10.3") == "this is not an IPv6 address");
    CHECK(here.why("pc1.lain.sch.id. A 192.168.10.3") == "the name is outside the zone");
    CHECK(here.why("www A 192.168.10.2") == "this record is there already");
    CHECK(here.why("www CNAME mail") == "a name with a CNAME can have no other records");
    CHECK(here.why("@ CNAME mail") == "a name with a CNAME can have no other records");
    CHECK(here.why("@ MX 20 mail2") == "the name it points to has no address in this zone");
    CHECK(here.why("@ MX 20 192.168.10.3") == "an address stands where a name is needed");
    CHECK(here.why("@ MX 20 192.168.10.3.") == "an address stands where a name is needed");
    CHECK(here.why("@ MX mail") == "an MX record needs a number and the name of the mail server");
    CHECK(here.why("my_pc A 192.168.10.9") ==
          "a host name has letters, digits and hyphens only, and no hyphen at its ends");
    CHECK(here.why("pc1 2147483648 A 192.168.10.9") == "the time to live must be from 0 to 2147483647 seconds");
    CHECK(here.why("pc1 NSEC www A") == "records of this type are made by the server itself");
    CHECK(here.why("a..b A 192.168.10.9") != "added");
    CHECK(here.why("pc1 FOO bar") == "there is no record type of that name");
    CHECK(here.why("pc1") != "added");
    CHECK(here.why("") == "a record is missing");
    CHECK(here.why(std::string(64, 'x') + " A 192.168.10.9") ==
          "a part between two dots is longer than 63 characters");
    CHECK(here.why("pc1 A 192.168.10.9\npc2 A bad") == "this is not an IPv4 address");
    CHECK(here.why_not_removed("@ SOA") == "a zone has exactly one SOA record");
    CHECK(here.why_not_removed("@ NS") == "a zone needs at least one NS record");
    CHECK(here.why_not_removed("mail") == "the name it points to has no address in this zone");
    CHECK(here.why_not_removed("nobody") == "there is no such record");
    CHECK_FALSE(here.store->add("lain.sch.id", "pc1 A 192.168.10.9"));
    CHECK(here.store->zones()[0].serial == before.serial);
    CHECK(here.store->zones()[0].records == before.records);
}

TEST_CASE("an MX or NS may not point to a CNAME, whichever comes first", "[dns][store][rfc2181]")
{
    School here;
    CHECK(here.why("box CNAME www") == "added");
    CHECK(here.why("@ MX 20 box") == "it points to a name that is only another name (CNAME)");
    CHECK(here.why("sub NS box") == "it points to a name that is only another name (CNAME)");
    CHECK(here.why("mail2 A 192.168.10.4\n@ MX 20 mail2") == "added");
    CHECK(here.why_not_removed("mail2 A") == "the name it points to has no address in this zone");
    CHECK(here.why_not_removed("@ MX 20 mail2") == "removed");
    CHECK(here.why_not_removed("mail2 A") == "removed");
}

TEST_CASE("a delegation takes the names below it, glue is allowed", "[dns][store]")
{
    School here;
    CHECK(here.why("lab NS ns.lab") ==
          "the name server lies inside the name that it serves, so its address must stand here too");
    CHECK(here.why("ns.lab A 192.168.10.50\nlab NS ns.lab") == "added");
    CHECK(here.why("www.lab TXT hello") ==
          "this name belongs to another name server, because an NS record stands above it");
}

TEST_CASE("many types are taken in zone-file syntax and kept in one spelling", "[dns][store]")
{
    School here;
    CHECK(here.why("_imaps._tcp SRV 0 1 993 MAIL") == "added");
    CHECK(here.has(school, "_imaps._tcp.smkn1pendalian.sch.id. SRV 0 1 993 mail.smkn1pendalian.sch.id."));
    CHECK(here.why("@ TXT \"v=spf1 mx -all\"") == "added");
    CHECK(here.has(school, "smkn1pendalian.sch.id. TXT \"v=spf1 mx -all\""));
    CHECK(here.why("@ CAA 0 issue \"letsencrypt.org\"") == "added");
    CHECK(here.why("_443._tcp.www TLSA 3 1 1 " + std::string(64, 'a')) == "added");
    CHECK(here.why("pc7 TYPE65300 \\# 3 010203") == "added");
    CHECK(here.why("*.siswa A 192.168.10.99") == "added");
    CHECK(here.why("pc9 600 IN A 192.168.10.9") == "added");
    auto const exported = here.store->export_zone(school);
    REQUIRE(exported);
    auto const again = here.store->import_zone("", *exported);
    REQUIRE(again);
    CHECK(again->refused.empty());
    CHECK(again->replaced);
    CHECK(again->added == again->removed);
}

TEST_CASE("an import names each refused line and then changes nothing", "[dns][store]")
{
    School here;
    auto const before = here.lines(school);
    auto const report = here.store->import_zone(school, "; a comment\n"
                                                        "pc1 A 192.168.10.11\n"
                                                        "\n"
                                                        "pc2 A 192.168.10.999\n"
                                                        "pc3 ( A\n"
                                                        "   192.168.10.13 ) ; two lines\n"
                                                        "pc4.lain.id. A 192.168.10.14\n"
                                                        "$INCLUDE other.zone\n");
    REQUIRE(report);
    std::vector<std::string> refused;
    for (auto const& line : report->refused) refused.push_back(std::to_string(line.line) + " " + line.error.why);
    CHECK(refused == std::vector<std::string>{"4 this is not an IPv4 address", "7 the name is outside the zone",
                                              "8 $INCLUDE is not followed"});
    CHECK(here.lines(school) == before);
}

TEST_CASE("a zone file with a SOA makes the zone", "[dns][store]")
{
    School here;
    auto const report = here.store->import_zone("", "$TTL 1h\n$ORIGIN lab.sch.id.\n"
                                                    "@ IN SOA ns hostmaster ( 2099010101 ; serial\n"
                                                    "   1h 15m 2w 5m )\n"
                                                    "  IN NS ns\nns IN A 10.0.0.1\nweb IN CNAME ns\n");
    REQUIRE(report);
    CHECK(report->refused.empty());
    CHECK(report->created);
    CHECK(report->zone == "lab.sch.id.");
    auto const zones = here.store->zones();
    REQUIRE(zones.size() == 3);
    CHECK(zones[0].name == "lab.sch.id.");
    CHECK(zones[0].serial == 2099010101U);
    CHECK(here.store->default_zone() == school);
    here.store->delete_zone("lab.sch.id").value();
    CHECK(here.store->zones().size() == 2);
}

TEST_CASE("a new zone takes the school's name server", "[dns][store]")
{
    School here;
    here.store->add_zone("192.168.20.0/24").value();
    CHECK(here.has("192.168.20.0/24", "20.168.192.in-addr.arpa. NS ns.smkn1pendalian.sch.id."));
    here.store->add_zone("lab.id", "ns1", "10.0.0.1").value();
    CHECK(here.has("lab.id", "ns1.lab.id. A 10.0.0.1"));
    CHECK_FALSE(here.store->add_zone("lab.id"));
    CHECK_FALSE(here.store->add_zone("bad..id"));
    CHECK_FALSE(here.store->add_zone("lab2.id", "ns1", ""));
}

TEST_CASE("a zone below another of ours is delegated there, and the delegation goes with it", "[dns][store]")
{
    School here;
    here.store->add_zone("lab.smkn1pendalian.sch.id", "ns", "192.168.10.60").value();
    CHECK(here.has(school, "lab.smkn1pendalian.sch.id. NS ns.lab.smkn1pendalian.sch.id."));
    CHECK(here.has(school, "ns.lab.smkn1pendalian.sch.id. A 192.168.10.60"));
    CHECK(here.pointer("60") == "ns.lab.smkn1pendalian.sch.id.");
    here.store->add_zone("kelas.lab.smkn1pendalian.sch.id").value();
    CHECK(here.has("lab.smkn1pendalian.sch.id", "kelas.lab.smkn1pendalian.sch.id. NS ns.smkn1pendalian.sch.id."));
    CHECK(here.why("lab DS 12345 13 2 " + std::string(64, 'a')) == "added");
    here.store->delete_zone("lab.smkn1pendalian.sch.id").value();
    for (auto const& line : here.lines(school)) CHECK(line.find("lab.") == std::string::npos);
    CHECK(here.pointer("60") == "none");

    // What people have there already is theirs.
    CHECK(here.why("www.guru A 192.168.10.61") == "added");
    here.store->add_zone("guru.smkn1pendalian.sch.id").value();
    CHECK(here.has(school, "www.guru.smkn1pendalian.sch.id. A 192.168.10.61"));
    CHECK_FALSE(here.has(school, "guru.smkn1pendalian.sch.id. NS ns.smkn1pendalian.sch.id."));
}

TEST_CASE("a record is changed in one step: all of it, or nothing", "[dns][store]")
{
    School here;
    here.store->add(school, "pc1 A 192.168.10.20").value();
    auto const before = here.store->records(school).value();
    auto const pc1 = *std::find_if(before.begin(), before.end(),
                                   [](auto const& record) { return record.rdata == "192.168.10.20"; });
    auto const revision = here.info().revision;
    here.store->change_record(school, pc1, "pc1 A 192.168.10.21").value();
    CHECK(here.info().revision == revision + 1);
    CHECK(here.has(school, "pc1.smkn1pendalian.sch.id. A 192.168.10.21"));
    CHECK_FALSE(here.has(school, "pc1.smkn1pendalian.sch.id. A 192.168.10.20"));
    CHECK(here.pointer("21") == "pc1.smkn1pendalian.sch.id.");
    CHECK(here.pointer("20") == "none");

    auto const gone = here.store->change_record(school, pc1, "pc1 A 192.168.10.22");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().why == "somebody else has changed this record in the meantime");

    // The rules are asked of what results: the only name server may become another one, but not a CNAME.
    auto const all = here.store->records(school).value();
    auto const server = *std::find_if(all.begin(), all.end(), [](auto const& record) { return record.type == "NS"; });
    CHECK_FALSE(here.store->change_record(school, server, "@ NS pc1.smkn1pendalian.sch.id. extra"));
    CHECK_FALSE(here.store->change_record(school, server, "@ CNAME pc1"));
    CHECK(here.store->records(school).value() == all);
    here.store->change_record(school, server, "@ NS pc1").value();
    CHECK(here.has(school, "smkn1pendalian.sch.id. NS pc1.smkn1pendalian.sch.id."));
    CHECK_FALSE(here.has(school, "smkn1pendalian.sch.id. NS ns.smkn1pendalian.sch.id."));
}
