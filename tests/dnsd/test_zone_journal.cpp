#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "tests/dnsd/school_store.h"
#include "tests/support/catch.h"

#include <map>
#include <random>
#include <tuple>

using support::school;

namespace
{
/// A copy of a zone as the answering process and secondaries keep it: owner, type, data, TTL.
class Copy
{
public:
    explicit Copy(db::Database& database, std::string name = school) : database_(database), name_(std::move(name))
    {
        read_all();
    }

    /// As far as the journal goes; false: it had to be read anew.
    bool follow()
    {
        return database_.read([&](db::Reader& reader) {
            auto const zone = dnsd::read_zone(reader, name_).value();
            if (zone.base_revision > revision_) {
                read_all();
                return false;
            }
            dnsd::read_changes(reader, zone.id, revision_, [&](dnsd::ChangeView const& change) {
                if (change.added)
                    REQUIRE(rows_.insert(of(change.row)).second);
                else
                    REQUIRE(rows_.erase(of(change.row)) == 1);
            });
            revision_ = zone.revision;
            return true;
        });
    }
    bool operator==(Copy const& other) const { return rows_ == other.rows_ && revision_ == other.revision_; }

private:
    using Line = std::tuple<std::string, std::uint16_t, std::string, std::uint32_t>;
    static Line of(dnsd::RowView const& row)
    {
        return {std::string(row.owner), row.type, std::string(row.rdata), row.ttl};
    }
    void read_all()
    {
        rows_.clear();
        database_.read([&](db::Reader& reader) {
            auto const zone = dnsd::read_zone(reader, name_).value();
            revision_ = zone.revision;
            dnsd::read_rows(reader, zone.id, [&](dnsd::RowView const& row) { rows_.insert(of(row)); });
        });
    }

    db::Database& database_;
    std::string name_;
    std::int64_t revision_ = 0;
    std::set<Line> rows_;
};

std::string random_edit(support::SchoolStore& here, std::mt19937& random)
{
    auto const number = [&](int most) { return std::to_string(std::uniform_int_distribution(1, most)(random)); };
    auto const name = "pc" + number(6);
    switch (std::uniform_int_distribution(0, 5)(random)) {
    case 0: return here.why_not_removed(name);
    case 1: return here.why(name + " " + number(3) + "00 A 192.168.10." + number(9));
    case 2: return here.why(name + " AAAA 2001:db8::" + number(9));
    case 3: return here.why(number(9) + " PTR tangan" + number(3) + ".lain.id.", "10.168.192.in-addr.arpa.");
    case 4: return here.why_not_removed(number(9), "10.168.192.in-addr.arpa.");
    default: return here.why(name + " A 192.168.10." + number(9) + "\n" + name + " TXT \"" + number(3) + "\"");
    }
}

std::int64_t journal_rows(db::Database& database)
{
    return database.read([](db::Reader& reader) { return reader.number("SELECT COUNT(*) FROM change").value_or(0); });
}

class CountingSigner : public dnsd::Signer
{
public:
    void sign_changes(dnsd::ZoneEdit& edit) override
    {
        ++calls;
        edit.insert({"", 48, "key", 60, dnsd::Origin::signing});
    }
    int calls = 0;
};

void switch_on_signing(dnsd::ZoneStore& store)
{
    store
        .edit(school,
              [](dnsd::ZoneEdit& edit) {
                  edit.transaction().exec("UPDATE zone SET signing = 'nsec' WHERE zone_id = ?", edit.head().id);
                  edit.insert(
                      {dnsd::zone_key(dnsd::must_wire_name(std::string("baru.") + school), edit.head().wire_name), 16,
                       "\1x", 60, dnsd::Origin::written});
              })
        .value();
}
} // namespace

TEST_CASE("a copy that follows the journal is the zone, after any edits", "[dns][store]")
{
    support::SchoolStore here;
    std::mt19937 random(20261122);
    Copy forward(here.database);
    Copy reverse(here.database, "10.168.192.in-addr.arpa.");
    int done = 0;
    for (int i = 0; i < 400; ++i) {
        auto const outcome = random_edit(here, random);
        if (outcome == "added" || outcome == "removed") ++done;
        if (i % 7 != 0) continue;
        forward.follow();
        reverse.follow();
        REQUIRE(forward == Copy(here.database));
        REQUIRE(reverse == Copy(here.database, "10.168.192.in-addr.arpa."));
    }
    CHECK(done > 100);
}

TEST_CASE("PTRs that were kept in step are those that a new reverse zone would have", "[dns][store]")
{
    support::SchoolStore here;
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) random_edit(here, random);
    for (int i = 1; i <= 9; ++i) here.store->remove("10.168.192.in-addr.arpa.", std::to_string(i) + " PTR").ok();
    auto const kept = here.lines("10.168.192.in-addr.arpa.");
    here.store->delete_zone("10.168.192.in-addr.arpa.").value();
    here.store->add_zone("192.168.10.0/24").value();
    auto const made = here.lines("10.168.192.in-addr.arpa.");
    CHECK(std::vector(kept.begin() + 2, kept.end()) == std::vector(made.begin() + 2, made.end()));
}

TEST_CASE("the journal forgets, and says how far it goes back", "[dns][store]")
{
    support::SchoolStore here;
    Copy old(here.database);
    for (int i = 0; i < 60; ++i) {
        std::string lines;
        for (int j = 0; j < 20; ++j) lines += "x" + std::to_string(i) + " TXT \"" + std::to_string(j) + "\"\n";
        REQUIRE(here.why(lines) == "added");
        REQUIRE(here.why_not_removed("x" + std::to_string(i)) == "removed");
    }
    CHECK(journal_rows(here.database) < 4000);
    Copy recent(here.database);
    here.store->add(school, "pc1 A 192.168.10.11").value();
    CHECK(recent.follow());
    CHECK_FALSE(old.follow());
    CHECK(old == Copy(here.database));
}

TEST_CASE("a zone file that differs little is journaled as the difference", "[dns][store][rfc1995]")
{
    support::SchoolStore here;
    std::string text = "$TTL 60\n@ SOA ns hostmaster 5 3600 900 1209600 300\n@ NS ns\nns A 10.0.0.1\n";
    for (int i = 0; i < 500; ++i) text += "pc" + std::to_string(i) + " A 10.0.1." + std::to_string(i % 250) + "\n";
    REQUIRE(here.store->import_zone("lab.id", text)->created);
    Copy copy(here.database, "lab.id.");
    auto const same = here.store->import_zone("lab.id", text);
    CHECK(same->added + same->removed == 0);
    CHECK(here.info("lab.id.").serial == 5);
    auto const differs = here.store->import_zone("lab.id", text + "baru A 10.0.2.1\n");
    CHECK(differs->added == 1);
    CHECK(differs->removed == 0);
    CHECK(here.info("lab.id.").serial > 5);
    CHECK(copy.follow());
    CHECK(copy == Copy(here.database, "lab.id."));
    REQUIRE(here.store->import_zone("lab.id", "$TTL 60\n@ SOA ns hostmaster 9 3600 900 1209600 300\n@ NS ns\n"
                                              "ns A 10.0.0.1\n"));
    copy.follow();
    CHECK(copy == Copy(here.database, "lab.id."));
    CHECK(here.info("lab.id.").records == 3);
}

TEST_CASE("serials count one by one where that was chosen, and keep what a file raises", "[dns][store][rfc1982]")
{
    support::SchoolStore here;
    REQUIRE(here.store->import_zone("lab.id", "@ 60 SOA ns h 41 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n"));
    REQUIRE(here.store->set_serial_style("lab.id", true));
    CHECK(here.info("lab.id.").counts_serial);
    here.store->add("lab.id", "pc1 A 10.0.0.2").value();
    CHECK(here.info("lab.id.").serial == 42);
    here.store->add("lab.id", "@ SOA ns h 100 2 3 4 5").value();
    CHECK(here.info("lab.id.").serial == 100);
    here.store->add("lab.id", "@ SOA ns h 7 3 3 4 5").value(); // older: only its other fields count
    CHECK(here.info("lab.id.").serial == 101);
    here.store->set_serial_style("lab.id", false).value();
    here.store->remove("lab.id", "pc1").value();
    CHECK(here.info("lab.id.").serial > 2026000000U);
}

TEST_CASE("programs change a zone by edit, which keeps SOA and NS and nothing else", "[dns][store]")
{
    support::SchoolStore here;
    auto const before = here.info();
    CHECK(here.store->edit(school, [](dnsd::ZoneEdit&) {}));
    CHECK(here.info().revision == before.revision);
    auto const odd =
        dnsd::zone_key(dnsd::must_wire_name("_odd.smkn1pendalian.sch.id."), dnsd::must_wire_name(school));
    CHECK(here.store->edit(school, [&](dnsd::ZoneEdit& edit) {
        edit.insert({odd, 1, std::string("\x0A\0\0\1", 4), 60, dnsd::Origin::written});
    }));
    CHECK(here.info().serial == before.serial + 1);
    auto const refused = here.store->edit(school, [](dnsd::ZoneEdit& edit) {
        for (auto const& row : edit.at("", 2)) edit.erase(row);
    });
    CHECK_FALSE(refused);
    CHECK(here.info().serial == before.serial + 1);
    CHECK_FALSE(here.store->edit("lain.id", [](dnsd::ZoneEdit&) {}));
}

TEST_CASE("a secondary keeps its primary's serial and is not changed by people", "[dns][store]")
{
    support::SchoolStore here;
    REQUIRE(here.store->make_zone("lain.id", dnsd::ZoneKind::secondary));
    REQUIRE(here.store->edit("lain.id", [](dnsd::ZoneEdit& edit) {
        auto const soa = dnsd::to_wire(dnsd::first_soa("lain.id.", "ns.lain.id.", "h.lain.id.")).value();
        edit.insert({"", 6, dnsd::with_serial(soa.rdata, 17), 60, dnsd::Origin::written});
        edit.insert({"", 2, dnsd::must_wire_name("ns.lain.id."), 60, dnsd::Origin::written});
        edit.insert({dnsd::zone_key(dnsd::must_wire_name("a.lain.id."), edit.head().wire_name), 1, "\xC0\xA8\x0A\x63",
                     60, dnsd::Origin::written});
    }));
    CHECK(here.info("lain.id.").serial == 17);
    CHECK(here.info("lain.id.").kind == dnsd::ZoneKind::secondary);
    CHECK(here.pointer("99") == "none"); // others' hosts are not named in our reverse zone
    CHECK(here.why("pc A 10.0.0.1", "lain.id") == "this zone is a copy of another server's");
    CHECK(here.refused("lain.id", "pc A 10.0.0.1") ==
          std::vector<std::string>{"this zone is a copy of another server's"});
}

TEST_CASE("a signed zone is signed with each change, and without keys it is not changed", "[dns][store]")
{
    auto const signer = std::make_shared<CountingSigner>();
    support::SchoolStore here(signer);
    here.store->add(school, "pc1 A 192.168.10.11").value();
    CHECK(signer->calls == 0);
    switch_on_signing(*here.store);
    CHECK(signer->calls == 1);
    here.store->add(school, "pc2 A 192.168.10.12").value();
    CHECK(signer->calls == 2);
    CHECK(here.info().signing == dnsd::Signing::nsec);
    CHECK(here.store->records(school).value().size() + 1 == here.store->records(school, true).value().size());

    auto const without = dnsd::make_sql_zone_store(here.database);
    auto const before = here.info().serial;
    CHECK(without->add(school, "pc3 A 192.168.10.13").error().why ==
          "the zone is signed, and its keys cannot be read from here");
    CHECK(here.info().serial == before);
    // What people listed, exported and imported again is no change, signed or not.
    auto const text = here.store->export_zone(school).value();
    CHECK(text.find("DNSKEY") == std::string::npos);
    auto const again = here.store->import_zone("", text);
    CHECK(again->added + again->removed == 0);
}
