#include "dnsd/sign/key_folder.h"
#include "dnsd/sign/signer.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/zone/soa.h"
#include "tests/dnsd/signed_zone.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <filesystem>
#include <random>

using dnsd::Row;
using dnsd::Signing;
using dnsd::dnssec::Algorithm;

namespace
{
constexpr std::string_view zone_text =
    "@ 3600 SOA ns hostmaster 1 3600 900 1209600 300\n@ 3600 NS ns\nns 3600 A 10.0.0.1\n@ 3600 MX 10 mail\n"
    "mail 3600 A 10.0.0.3\nwww 600 A 10.0.0.2\nwww 600 AAAA 2001:db8::2\n*.siswa 300 A 10.0.0.9\n"
    "a.b.c.ent 300 TXT \"deep\"\nanak 3600 NS ns.anak\nns.anak 3600 A 10.0.0.5\nanak 3600 DS 12345 13 2 "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nlain 3600 NS ns.example.com.\n"
    "x.y.lain 300 A 10.0.0.6\nweb 300 CNAME www\n";

/// A zone below sch.id. whose SOA goes up with every change.
class Zone
{
public:
    explicit Zone(Signing kind, Algorithm algorithm = Algorithm::ecdsap256sha256)
        : database({folder_.path() + "/dns.db", "dns"}), signer(dnsd::make_signer(keys_path(), clock))
    {
        database.run([](db::Transaction& t) {
            t.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                   "VALUES (1, 'sch.id.', 'primary', 0, 0, 0)");
        });
        edit([](dnsd::ZoneEdit& edit) {
            for (auto const& row : rows(zone_text)) edit.insert(row);
        });
        sign(kind, algorithm);
    }

    static std::vector<Row> rows(std::string_view text)
    {
        std::vector<Row> all;
        for (auto& line : dnsd::parse_zone_text(text, "sch.id.").records) {
            auto wire = dnsd::to_wire(line.record).value();
            auto const key = dnsd::zone_key(wire.owner, dnsd::must_wire_name("sch.id."));
            all.push_back({key, wire.type, wire.rdata, wire.ttl});
        }
        return all;
    }

    void sign(Signing kind, Algorithm algorithm)
    {
        dnsd::KeyFolder folder(keys_path());
        auto const make = [&](dnsd::KeyRole role, std::uint16_t flags) {
            auto const key = dnsd::PrivateKey::make(algorithm);
            auto const dnskey = dnsd::dnskey_data(flags, algorithm, key.public_key());
            return dnsd::ZoneKey{dnsd::key_tag(dnskey),  role,        dnskey,     folder.write(key, "test"),
                                 dnsd::KeyState::active, clock.now(), clock.now()};
        };
        auto const ksk = make(dnsd::KeyRole::ksk, 257);
        auto const zsk = make(dnsd::KeyRole::zsk, 256);
        database.run([&](db::Transaction& t) {
            dnsd::sql::write_signed_zone(t, 1, {algorithm, 0, {}, {}, {}});
            dnsd::sql::insert_key(t, 1, ksk);
            dnsd::sql::insert_key(t, 1, zsk);
        });
        set_signing(kind);
    }

    void set_signing(Signing kind)
    {
        database.run([&](db::Transaction& t) { dnsd::sql::set_signing(t, 1, kind); });
        edit([](dnsd::ZoneEdit&) {});
    }

    template <class Work>
    void edit(Work&& work)
    {
        database.run([&](db::Transaction& t) {
            dnsd::ZoneEdit edit(t, dnsd::read_zone(t, "sch.id.").value());
            work(edit);
            raise_serial(edit);
            signer->sign_changes(edit);
            t.exec("UPDATE zone SET revision = revision + 1 WHERE zone_id = 1");
        });
    }
    void add(std::string_view text)
    {
        edit([&](dnsd::ZoneEdit& edit) {
            for (auto const& row : rows(text)) edit.insert(row);
        });
    }
    void remove(std::string_view text)
    {
        edit([&](dnsd::ZoneEdit& edit) {
            for (auto const& row : rows(text)) edit.erase(row);
        });
    }

    support::ZoneRows all() { return support::rows_of(database, 1); }
    std::vector<std::string> problems()
    {
        return support::ZoneCheck(all(), dnsd::must_wire_name("sch.id."), clock.seconds()).problems;
    }
    std::string keys_path() const { return folder_.path() + "/dns-keys"; }
    std::size_t journal_rows()
    {
        return static_cast<std::size_t>(database.read([](db::Reader& reader) {
            return reader.number("SELECT COUNT(*) FROM change WHERE revision = (SELECT revision FROM zone)").value();
        }));
    }

private:
    static void raise_serial(dnsd::ZoneEdit& edit)
    {
        auto soa = edit.at({}, 6);
        if (soa.empty()) return;
        auto row = soa.front();
        edit.erase(row);
        auto const at = row.rdata.size() - 20;
        std::string serial;
        dnsd::put32(serial, dnsd::number32(row.rdata, at) + 1);
        row.rdata.replace(at, 4, serial);
        edit.insert(row);
    }
    support::TempFolder folder_;

public:
    support::TestClock clock;
    db::Database database;
    std::shared_ptr<dnsd::Signer> signer;
};

std::string key(std::string_view name)
{
    return dnsd::zone_key(dnsd::must_wire_name(name), dnsd::must_wire_name("sch.id."));
}
} // namespace

TEST_CASE("a zone that is signed verifies in every set and link", "[dns][dnssec]")
{
    for (auto const kind : {Signing::nsec, Signing::nsec3})
        for (auto const algorithm : {Algorithm::ecdsap256sha256, Algorithm::ed25519}) {
            Zone zone(kind, algorithm);
            CHECK(zone.problems() == std::vector<std::string>());
        }
}

TEST_CASE("a changed record touches its own signature, its neighbours and the SOA only", "[dns][dnssec]")
{
    Zone zone(Signing::nsec);
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
        Zone zone(kind);
        zone.add("p.q.r.kelas 300 A 10.0.0.7\nkelas 300 A 10.0.0.8\n");
        CHECK(zone.problems() == std::vector<std::string>());
        zone.add("kelas 300 NS ns\n");
        CHECK(zone.problems() == std::vector<std::string>());
        CHECK_FALSE(zone.all().at(key("p.q.r.kelas.sch.id.")).contains(46));
        zone.remove("kelas 300 NS ns\n");
        CHECK(zone.problems() == std::vector<std::string>());
        CHECK(zone.all().at(key("p.q.r.kelas.sch.id.")).contains(46));
    }
}

TEST_CASE("the last name of a branch takes the empty names above it out of an NSEC3 chain", "[dns][dnssec][rfc5155]")
{
    Zone zone(Signing::nsec3);
    zone.remove("a.b.c.ent 300 TXT \"deep\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
    zone.add("x.b.c.ent 300 TXT \"deep\"\nc.ent 300 TXT \"c\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
    zone.remove("c.ent 300 TXT \"c\"\n");
    CHECK(zone.problems() == std::vector<std::string>());
}

TEST_CASE("another last number of the SOA gives all NSEC records another TTL", "[dns][dnssec][rfc9077]")
{
    Zone zone(Signing::nsec);
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
    Zone zone(Signing::nsec);
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
        Zone zone(kind);
        zone.edit([](dnsd::ZoneEdit& edit) {
            edit.erase_all();
            for (auto const& row : Zone::rows("@ 300 SOA ns hostmaster 9 3600 900 1209600 300\n@ 300 NS ns\n"
                                              "ns 300 A 10.0.0.1\nq.w 300 A 10.0.0.2\n"))
                edit.insert(row);
        });
        CHECK(zone.problems() == std::vector<std::string>());
    }
}

TEST_CASE("DNSSEC records of somebody else in a zone file give way to ours", "[dns][dnssec]")
{
    Zone zone(Signing::nsec);
    zone.add("www 600 RRSIG A 13 3 600 20300101000000 20200101000000 1 sch.id. AAAA\nwww 600 NSEC zz A\n");
    CHECK(zone.problems() == std::vector<std::string>());
}

TEST_CASE("without its private key a zone stays as it is, and the error names the file", "[dns][dnssec]")
{
    Zone zone(Signing::nsec);
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
    Zone zone(Signing::nsec);
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
    Zone zone(kind);
    std::vector<std::string> const labels = {"a", "b", "c", "*", "zz"};
    std::vector<std::string> const data = {
        "A 10.1.1.1", "A 10.1.1.2", "TXT \"t\"", "NS ns", "NS ns.b.c.sch.id.", "MX 5 mail", "DNAME www.example.com."};
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
