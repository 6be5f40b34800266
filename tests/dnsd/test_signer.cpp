#include "dnsd/zone/zone_text.h"
#include "tests/dnsd/signed_zone.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <random>

using dnsd::Row;
using Zone = support::SigningZone;
using dnsd::Signing;
using dnsd::dnssec::Algorithm;

namespace
{
std::string key(std::string_view name)
{
    return dnsd::zone_key(dnsd::must_wire_name(name), dnsd::must_wire_name("sch.id."));
}
} // namespace

TEST_CASE("a zone that is signed verifies in every set and link", "[dns][dnssec]")
{
    for (auto const kind : {Signing::nsec, Signing::nsec3})
        for (auto const algorithm : {Algorithm::ecdsap256sha256, Algorithm::ed25519}) {
            Zone zone;
            zone.sign(kind, algorithm);
            CHECK(zone.problems() == std::vector<std::string>());
        }
}

TEST_CASE("a changed record touches its own signature, its neighbours and the SOA only", "[dns][dnssec]")
{
    Zone zone;
    zone.sign(Signing::nsec);
    zone.add("@ 3600 TXT \"x\"\n");
    zone.add("www 600 A 10.0.0.4\n");
    // SOA out and in, its signature, the record, its signature: nothing else.
    CHECK(zone.journal_rows() == 2 + 2 + 1 + 2);
    zone.add("pc1 300 A 10.0.0.44\n");
    // SOA 4; A, RRSIG, NSEC, RRSIG; the neighbour's NSEC and its RRSIG out and in.
    CHECK(zone.journal_rows() == 4 + 4 + 4);
    CHECK(zone.problems() == std::vector<std::string>());
}

TEST_CASE("a delegation takes the signatures of what lies below it, and gives them back", "[dns][dnssec]")
{
    for (auto const kind : {Signing::nsec, Signing::nsec3}) {
        Zone zone;
        zone.sign(kind);
        zone.add("p.q.r.kelas 300 A 10.0.0.7\nkelas 300 A 10.0.0.8\n");
        CHECK(zone.problems() == std::vector<std::string>());
        zone.add("kelas 300 NS ns.sch.id.\n");
        CHECK(zone.problems() == std::vector<std::string>());
        CHECK_FALSE(zone.all().at(key("p.q.r.kelas.sch.id.")).contains(46));
        zone.remove("kelas 300 NS ns.sch.id.\n");
        CHECK(zone.problems() == std::vector<std::string>());
        CHECK(zone.all().at(key("p.q.r.kelas.sch.id.")).contains(46));
    }
}

TEST_CASE("the last name of a branch takes the empty names above it out of an NSEC3 chain", "[dns][dnssec][rfc5155]")
{
    Zone zone;
    zone.sign(Signing::nsec3);
    zone.remove("a.b.c.ent 300 TXT \"deep\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
    zone.add("x.b.c.ent 300 TXT \"deep\"\nc.ent 300 TXT \"c\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
    zone.remove("c.ent 300 TXT \"c\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
}

TEST_CASE("another last number of the SOA gives all NSEC records another TTL", "[dns][dnssec][rfc9077]")
{
    Zone zone;
    zone.sign(Signing::nsec);
    zone.edit([](dnsd::ZoneEdit& edit) {
        auto row = edit.at({}, 6).front();
        edit.erase(row);
        row.rdata.replace(row.rdata.size() - 4, 4, std::string("\0\0\0\x3c", 4));
        edit.insert(row);
    });
    CHECK(zone.problems() == std::vector<std::string>());
    CHECK(zone.all().at({}).at(47).front().ttl == 60);
}

TEST_CASE("a zone goes from NSEC to NSEC3 and back", "[dns][dnssec]")
{
    Zone zone;
    zone.sign(Signing::nsec);
    zone.set_signing(Signing::nsec3);
    CHECK(zone.all().at({}).contains(51));
    CHECK(zone.problems() == std::vector<std::string>());
    zone.set_signing(Signing::nsec);
    CHECK_FALSE(zone.all().at({}).contains(51));
    CHECK(zone.problems() == std::vector<std::string>());
}

TEST_CASE("a zone that is replaced as a whole is signed as a whole", "[dns][dnssec]")
{
    for (auto const kind : {Signing::nsec, Signing::nsec3}) {
        Zone zone;
        zone.sign(kind);
        zone.edit([](dnsd::ZoneEdit& edit) {
            edit.erase_all();
            for (auto const& row :
                 Zone::rows("@ 300 SOA ns.sch.id. hostmaster.sch.id. 9 3600 900 1209600 300\n@ 300 NS ns.sch.id.\n"
                            "ns 300 A 10.0.0.1\nq.w 300 A 10.0.0.2\n"))
                edit.insert(row);
        });
        CHECK(zone.problems() == std::vector<std::string>());
    }
}

TEST_CASE("DNSSEC records of somebody else in a zone file or update give way to ours", "[dns][dnssec]")
{
    for (auto const kind : {Signing::nsec, Signing::nsec3}) {
        Zone zone;
        zone.sign(kind);
        zone.add("www 600 RRSIG A 13 3 600 20300101000000 20200101000000 1 sch.id. AAAA\n");
        CHECK(zone.problems() == std::vector<std::string>());
        zone.add("www 600 NSEC zz.sch.id. A\nmail 300 NSEC sch.id. A\n");
        CHECK(zone.problems() == std::vector<std::string>());
        zone.add("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 300 NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n");
        CHECK(zone.problems() == std::vector<std::string>());
        zone.edit([](dnsd::ZoneEdit& edit) {
            for (auto const& row : edit.at({})) // the chain's first record, or what stands for it
                if (row.type == 47 || row.type == 51) edit.erase(row);
        });
        CHECK(zone.problems() == std::vector<std::string>());
    }
}

TEST_CASE("without its private key a zone stays as it is, and the error names the file", "[dns][dnssec]")
{
    Zone zone;
    zone.sign(Signing::nsec);
    auto const before = zone.all();
    std::filesystem::remove_all(zone.keys_path());
    zone.signer = dnsd::make_signer(zone.keys_path(), zone.clock);
    try {
        zone.add("pc1 300 A 10.0.0.44\n");
        FAIL("signed without a key");
    } catch (base::Failure const& failure) {
        CHECK(failure.error().what.starts_with(zone.keys_path() + "/dnssec-"));
        CHECK(failure.error().why == "the private key of a zone cannot be read");
    }
    CHECK(zone.all() == before);
}

TEST_CASE("private keys are for their owner only", "[dns][dnssec]")
{
    Zone zone;
    zone.sign(Signing::nsec);
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::directory_iterator(zone.keys_path())) {
        CHECK(entry.status().permissions() ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        ++files;
    }
    CHECK(files == 2);
}

TEST_CASE("after any edits the zone is what signing it from nothing would give", "[dns][dnssec]")
{
    auto const kind = GENERATE(Signing::nsec, Signing::nsec3);
    auto const seed = GENERATE(1U, 2U, 3U, 4U);
    std::mt19937 random(seed);
    Zone zone;
    zone.sign(kind);
    std::vector<std::string> const labels = {"a", "b", "c", "*", "zz"};
    std::vector<std::string> const data = {"A 10.1.1.1",
                                           "A 10.1.1.2",
                                           "TXT \"t\"",
                                           "NS ns.sch.id.",
                                           "NS ns.b.c.sch.id.",
                                           "MX 5 mail.sch.id.",
                                           "DNAME www.example.com."};
    auto const pick = [&](auto const& list) { return list[random() % list.size()]; };
    for (int step = 0; step < 60; ++step) {
        zone.edit([&](dnsd::ZoneEdit& edit) {
            for (unsigned n = 1 + random() % 4; n > 0; --n) {
                std::string name = pick(labels);
                for (unsigned depth = random() % 4; depth > 0; --depth) name += "." + pick(labels);
                for (auto const& row : Zone::rows(name + " 300 " + pick(data) + "\n"))
                    if (!edit.erase(row) || random() % 3 == 0) edit.insert(row);
            }
        });
        auto const problems = zone.problems();
        INFO("seed " << seed << " step " << step);
        REQUIRE(problems == std::vector<std::string>());
    }
}
