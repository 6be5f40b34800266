#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_replies.h"
#include "tests/support/catch.h"

namespace
{
dnsd::ZoneSet const& zones()
{
    static dnsd::ZoneSet const set = [] {
        support::ZoneDatabase database;
        std::string many;
        for (int i = 0; i < 60; ++i)
            many += "many MX " + std::to_string(i) + " host" + std::to_string(i) + "\nhost" + std::to_string(i) +
                    " A 10.0.2." + std::to_string(i) + "\n";
        database.add_zone(
            "sch.id.",
            "$TTL 3600\n@ SOA ns hostmaster 7 3600 900 1209600 300\n@ NS ns\n@ NS ns.lain.net.\n"
            "ns A 10.0.0.1\nns AAAA 2001:db8::1\n@ A 10.0.0.9\n"
            "@ HTTPS 0 www\nwww HTTPS 1 . alpn=h2\nwww A 10.0.0.2\nwww AAAA 2001:db8::2\n"
            "svc SVCB 1 www port=53\nsvc SVCB 2 www port=54\nnone HTTPS 0 .\nnone A 10.0.0.4\n"
            "_sip._tcp SRV 0 1 5060 www\n_sip._tcp SRV 0 2 5060 www\n_sip._tcp SRV 1 1 5060 sip.lain.net.\n"
            "kx KX 10 www\nafs AFSDB 1 www\nself MX 1 @\nghost MX 1 nobody\n*.mx MX 5 "
            "www\n" +
                many + "x\\000y\\.z TXT \"strange\"\n");
        return database.read();
    }();
    return set;
}

std::string ask(std::string const& name, std::uint16_t type, std::size_t room = 65000)
{
    return support::answer_of(zones(), {dnsd::must_wire_name(name), type, false}, room);
}
constexpr auto www = "\nadd www.sch.id. 3600 A 10.0.0.2\nadd www.sch.id. 3600 AAAA 2001:db8::2";
} // namespace

TEST_CASE("services bring the addresses of their hosts, once", "[dns][rfc2782]")
{
    CHECK(ask("_sip._tcp.sch.id.", 33) == std::string("NOERROR aa\n_sip._tcp.sch.id. 3600 SRV 0 1 5060 www.sch.id.\n"
                                                      "_sip._tcp.sch.id. 3600 SRV 0 2 5060 www.sch.id.\n"
                                                      "_sip._tcp.sch.id. 3600 SRV 1 1 5060 sip.lain.net.") +
                                              www);
    CHECK(ask("kx.sch.id.", 36) == std::string("NOERROR aa\nkx.sch.id. 3600 KX 10 www.sch.id.") + www);
    CHECK(ask("afs.sch.id.", 18) == std::string("NOERROR aa\nafs.sch.id. 3600 AFSDB 1 www.sch.id.") + www);
    CHECK(ask("self.sch.id.", 15) == "NOERROR aa\nself.sch.id. 3600 MX 1 sch.id.\nadd sch.id. 3600 A 10.0.0.9");
    CHECK(ask("ghost.sch.id.", 15) == "NOERROR aa\nghost.sch.id. 3600 MX 1 nobody.sch.id.");
    CHECK(ask("a.mx.sch.id.", 15) == std::string("NOERROR aa\na.mx.sch.id. 3600 MX 5 www.sch.id.") + www);
    CHECK(ask("sch.id.", 2) == "NOERROR aa\nsch.id. 3600 NS ns.sch.id.\nsch.id. 3600 NS ns.lain.net.\n"
                               "add ns.sch.id. 3600 A 10.0.0.1\nadd ns.sch.id. 3600 AAAA 2001:db8::1");
}

TEST_CASE("HTTPS and SVCB bring what a browser asks for next", "[dns][rfc9460]")
{
    auto const counts = [](std::string const& name, std::uint16_t type) {
        auto const sections = support::ask_zones(zones(), {dnsd::must_wire_name(name), type, false}).sections;
        return std::make_pair(int{sections.answers}, int{sections.additionals});
    };
    CHECK(counts("www.sch.id.", 65) == std::make_pair(1, 2)); // "." is the owner
    CHECK(counts("sch.id.", 65) == std::make_pair(1, 3));     // an alias: its HTTPS record too
    CHECK(counts("svc.sch.id.", 64) == std::make_pair(2, 2));
    CHECK(counts("none.sch.id.", 65) == std::make_pair(1, 0)); // there is no such service
}

TEST_CASE("additional addresses are left out when there is no room, without a word", "[dns][rfc2181]")
{
    auto const whole = support::ask_zones(zones(), {dnsd::must_wire_name("many.sch.id."), 15, false});
    CHECK(whole.sections.answers == 60);
    CHECK(whole.sections.additionals == 32);
    auto const needed = whole.sections.size - std::size_t{32} * 16;
    for (auto const room : {needed, needed + 15, needed + 16, needed + 40}) {
        auto const reply = support::ask_zones(zones(), {dnsd::must_wire_name("many.sch.id."), 15, false}, room);
        CHECK_FALSE(reply.sections.truncated);
        CHECK(reply.sections.additionals == (room - needed) / 16);
        CHECK(reply.bytes == whole.bytes.substr(0, reply.bytes.size()));
    }
    auto const cut = support::ask_zones(zones(), {dnsd::must_wire_name("many.sch.id."), 15, false}, needed - 1);
    CHECK(cut.sections.truncated);
    CHECK(cut.bytes.empty());
    CHECK(cut.sections.answers == 0);
}

TEST_CASE("labels may hold any octet", "[dns][rfc2181]")
{
    CHECK(ask("x\\000y\\.z.sch.id.", 16) == "NOERROR aa\nx\\000y\\.z.sch.id. 3600 TXT \"strange\"");
}
