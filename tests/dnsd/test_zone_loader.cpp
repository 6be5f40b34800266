#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_replies.h"
#include "tests/support/catch.h"

#include <malloc.h>

using support::ZoneDatabase;

namespace
{
constexpr auto start = "$TTL 60\n@ SOA ns hostmaster 1 3600 900 1209600 60\n@ NS ns\nns A 10.0.0.1\n";
constexpr auto soa = "\nauth sch.id. 60 SOA ns.sch.id. hostmaster.sch.id. 1 3600 900 1209600 60";

/// A database and what is served of it.
struct Served {
    ZoneDatabase database;
    dnsd::CurrentZones zones;
    dnsd::ZoneLoader loader{zones};

    std::string ask(std::string const& name, std::uint16_t type = 1)
    {
        auto const set = zones.get();
        auto const question = support::Question{dnsd::must_wire_name(name), type, false};
        auto const reply = support::ask_zones(*set, question);
        return support::shown_message(support::message_of(question, reply));
    }
    void load() { database.load(loader); }
};
} // namespace

TEST_CASE("zones come and go with the database", "[dns]")
{
    Served served;
    served.load();
    CHECK(served.ask("ns.sch.id.") == "REFUSED");
    served.database.add_zone("sch.id.", start);
    served.database.add_zone("lab.sch.id.", start);
    served.load();
    CHECK(served.ask("ns.sch.id.") == "NOERROR aa\nns.sch.id. 60 A 10.0.0.1");
    CHECK(served.ask("ns.lab.sch.id.") == "NOERROR aa\nns.lab.sch.id. 60 A 10.0.0.1");
    served.database.delete_zone("lab.sch.id.");
    served.load();
    CHECK(served.ask("ns.lab.sch.id.") == std::string("NXDOMAIN aa") + soa);
    served.database.delete_zone("sch.id.");
    served.load();
    CHECK(served.ask("ns.sch.id.") == "REFUSED");
}

TEST_CASE("a load without news publishes nothing", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.database.add_zone("lab.id.", start);
    served.load();
    auto const before = served.zones.version();
    served.load();
    CHECK(served.zones.version() == before);
    auto const zones = served.zones.get();
    served.database.add("sch.id.", "www 60 A 10.0.0.2");
    served.load();
    CHECK(served.zones.version() == before + 1);
    CHECK(served.zones.get()->zone(0) == zones->zone(0)); // lab.id. is shared
    CHECK(served.zones.get()->zone(1) != zones->zone(1));
}

TEST_CASE("one change touches one name of a zone, the rest is shared", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.database.add("sch.id.", "www 60 A 10.0.0.2\nmail 60 A 10.0.0.3");
    served.load();
    auto const before = served.zones.get()->zone(0);
    served.database.add("sch.id.", "www 60 A 10.0.0.4");
    served.load();
    auto const after = served.zones.get()->zone(0);
    CHECK(before->find("\4mail") == after->find("\4mail"));
    CHECK(before->find("\3www") != after->find("\3www"));
    CHECK(support::ask_zones(*served.zones.get(), {dnsd::must_wire_name("www.sch.id."), 1, false}).sections.answers ==
          2);
    CHECK(before->find("\3www")->sets()[0].count == 1); // who still has the old version sees the old records
}

TEST_CASE("a zone that is broken keeps its last good version, the others are untouched", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.database.add_zone("lab.id.", start);
    served.load();
    auto const remove_ns = [](dnsd::ZoneEdit& zone) {
        for (auto const& row : zone.at("", dnsd::type::ns)) zone.erase(row);
    };
    served.database.edit("sch.id.", remove_ns);
    served.database.add("lab.id.", "www 60 A 10.0.0.2");
    served.load();
    CHECK(served.ask("sch.id.", 2) == "NOERROR aa\nsch.id. 60 NS ns.sch.id.\nadd ns.sch.id. 60 A 10.0.0.1");
    CHECK(served.ask("www.lab.id.") == "NOERROR aa\nwww.lab.id. 60 A 10.0.0.2");
    served.database.add("sch.id.", "@ 60 NS ns2\nns2 60 A 10.0.0.5");
    served.load();
    CHECK(served.ask("sch.id.", 2) == "NOERROR aa\nsch.id. 60 NS ns2.sch.id.\nadd ns2.sch.id. 60 A 10.0.0.5");
}

TEST_CASE("rows that cannot be of their type break their zone only", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.load();
    for (auto const type : {1, 2, 5, 6, 15, 28, 33, 39, 46, 65}) {
        dnsd::Row const bad{std::string("x\0", 2), static_cast<std::uint16_t>(type), "\x40", 60,
                            dnsd::Origin::written};
        served.database.edit("sch.id.", [&](dnsd::ZoneEdit& zone) {
            zone.insert(bad);
            for (auto const& row : ZoneDatabase::rows("sch.id.", "y 60 A 10.0.0.7")) zone.insert(row);
        });
        served.load();
        CHECK(served.ask("y.sch.id.") == std::string("NXDOMAIN aa") + soa);
        served.database.edit("sch.id.", [&](dnsd::ZoneEdit& zone) { zone.erase(bad); });
        served.load();
        CHECK(served.ask("y.sch.id.") == "NOERROR aa\ny.sch.id. 60 A 10.0.0.7");
        served.database.remove("sch.id.", "y 60 A 10.0.0.7");
        served.load();
    }
}

TEST_CASE("what a failed load has read is served by the next one", "[dns]")
{
    Served served;
    served.database.add_zone("aaa.id.", start);
    served.database.add_zone("sch.id.", start);
    served.load();
    auto const run = [&](char const* sql) {
        served.database.database().run([&](db::Transaction& t) { t.exec(sql); });
    };
    // The first zone is read, the second one is new and the table of its records out of reach.
    run("UPDATE zone SET state = 'expired', revision = revision + 1 WHERE name = 'aaa.id.'");
    run("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
        "VALUES (99, 'bbb.id.', 'primary', 1, 1, 0)");
    run("ALTER TABLE record RENAME TO hidden");
    CHECK_THROWS_AS(served.load(), base::StoreError);
    CHECK(served.ask("ns.aaa.id.") == "NOERROR aa\nns.aaa.id. 60 A 10.0.0.1");
    run("ALTER TABLE hidden RENAME TO record");
    served.load();
    CHECK(served.ask("ns.aaa.id.") == "SERVFAIL");
    CHECK(served.ask("ns.bbb.id.") == "SERVFAIL");
    CHECK(served.ask("ns.sch.id.") == "NOERROR aa\nns.sch.id. 60 A 10.0.0.1");
}

TEST_CASE("a zone without records is a server failure, until it has some", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.");
    served.load();
    CHECK(served.ask("ns.sch.id.") == "SERVFAIL");
    served.database.add("sch.id.", start);
    served.load();
    CHECK(served.ask("ns.sch.id.") == "NOERROR aa\nns.sch.id. 60 A 10.0.0.1");
    served.database.edit("sch.id.", [](dnsd::ZoneEdit& zone) {
        zone.erase_all();
        zone.transaction().exec("UPDATE zone SET base_revision = revision + 1");
    });
    served.load();
    CHECK(served.ask("ns.sch.id.") == "SERVFAIL");
}

TEST_CASE("a zone whose journal is gone is read anew, its memory is used again", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.load();
    auto const before = served.zones.get()->zone(0);
    served.database.add("sch.id.", "www 60 A 10.0.0.2");
    served.database.database().run([](db::Transaction& t) {
        t.exec("DELETE FROM change");
        t.exec("UPDATE zone SET base_revision = revision");
    });
    served.load();
    CHECK(served.ask("www.sch.id.") == "NOERROR aa\nwww.sch.id. 60 A 10.0.0.2");
    CHECK(served.zones.get()->zone(0)->find("\2ns") == before->find("\2ns"));
}

TEST_CASE("a delegation hides what is below it, as long as it is there", "[dns][rfc1034]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.database.add("sch.id.", "a.b.anak 60 A 10.0.0.8\n*.anak 60 A 10.0.0.9\nx.y.z.anak 60 TXT t");
    served.load();
    CHECK(served.ask("a.b.anak.sch.id.") == "NOERROR aa\na.b.anak.sch.id. 60 A 10.0.0.8");
    served.database.add("sch.id.", "anak 60 NS ns.other.net.");
    served.load();
    for (auto const* name : {"a.b.anak.sch.id.", "c.anak.sch.id.", "anak.sch.id.", "y.z.anak.sch.id."})
        CHECK(served.ask(name) == "NOERROR\nauth anak.sch.id. 60 NS ns.other.net.");
    served.database.remove("sch.id.", "anak 60 NS ns.other.net.");
    served.load();
    CHECK(served.ask("a.b.anak.sch.id.") == "NOERROR aa\na.b.anak.sch.id. 60 A 10.0.0.8");
    CHECK(served.ask("c.anak.sch.id.") == "NOERROR aa\nc.anak.sch.id. 60 A 10.0.0.9");
    CHECK(served.ask("y.z.anak.sch.id.") == std::string("NOERROR aa") + soa);
}

TEST_CASE("names between come and go with what is below them", "[dns][rfc4592]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    served.database.add("sch.id.", "a.b.c 60 A 10.0.0.8\nx.b.c 60 A 10.0.0.9");
    served.load();
    CHECK(served.zones.get()->zone(0)->names() == 6);
    served.database.remove("sch.id.", "a.b.c 60 A 10.0.0.8");
    served.load();
    CHECK(served.ask("b.c.sch.id.") == std::string("NOERROR aa") + soa);
    served.database.remove("sch.id.", "x.b.c 60 A 10.0.0.9");
    served.load();
    CHECK(served.ask("b.c.sch.id.") == std::string("NXDOMAIN aa") + soa);
    CHECK(served.ask("c.sch.id.") == std::string("NXDOMAIN aa") + soa);
    CHECK(served.zones.get()->zone(0)->names() == 2);
}

TEST_CASE("a set that fits no message is cut, always", "[dns]")
{
    Served served;
    served.database.add_zone("sch.id.", start);
    std::string many;
    for (int i = 0; i < 300; ++i) many += "big 60 TXT \"" + std::to_string(i) + std::string(220, 'x') + "\"\n";
    auto const signature = "big 60 RRSIG TXT 13 3 60 20300101000000 20200101000000 1 sch.id. AAAA\n";
    served.database.add("sch.id.", many + signature + "big 60 A 10.0.0.2");
    served.load();
    CHECK(served.ask("big.sch.id.", dnsd::type::txt) == "NOERROR aa tc");
    CHECK(served.ask("big.sch.id.", dnsd::type::rrsig) == std::string("NOERROR aa") + soa);
    CHECK(served.ask("big.sch.id.") == "NOERROR aa\nbig.sch.id. 60 A 10.0.0.2");
}

TEST_CASE("memory does not grow with edits", "[dns]")
{
    dnsd::NodeMaker maker(dnsd::must_wire_name("sch.id."));
    auto const node = [&](unsigned name, unsigned address) {
        auto const text = "pc" + std::to_string(name);
        maker.start(static_cast<char>(text.size()) + text);
        maker.add(dnsd::type::a, 60, std::string("\12\0\0", 3) + static_cast<char>(address));
        std::string const nsec = std::string("\1a\0\0\1\100", 6);
        if (name % 2 == 0) maker.add(47, 60, nsec);
        return maker.finish(0);
    };
    auto const top = [&] {
        maker.start({});
        maker.add(dnsd::type::ns, 60, std::string("\0", 1));
        maker.add(dnsd::type::soa, 60, std::string(22, '\0'));
        maker.add(47, 60, std::string("\1a\0\0\1\100", 6));
        return maker.finish(0);
    };
    dnsd::ZoneChange first(dnsd::must_wire_name("sch.id."));
    first.put(top());
    for (unsigned i = 0; i < 2000; ++i) first.put(node(i, 0));
    auto zone = first.finish();
    std::size_t settled = 0;
    for (unsigned i = 0; i < 100'000; ++i) {
        dnsd::ZoneChange change(*zone);
        auto const name = i * 7919U % 2500U;
        if (i % 3 == 0)
            change.erase(node(name, 0)->name());
        else
            change.put(node(name, i));
        zone = change.finish();
        if (i == 20'000) settled = ::mallinfo2().uordblks;
    }
    CHECK(::mallinfo2().uordblks <= settled + settled / 20); // with a sanitizer both are 0
}
