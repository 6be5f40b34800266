#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/tls/authority.h"
#include "dnsd/sign/maintenance.h"
#include "tests/dnsd/signed_zone.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <random>

using dnsd::Farewell;
using dnsd::KeyRole;
using dnsd::KeyState;
using dnsd::Row;
using dnsd::Signing;
using dnsd::dnssec::Algorithm;
using namespace std::chrono_literals;

namespace
{
/// The zone with what the keeper does for it and what people order.
class Keeper
{
public:
    explicit Keeper(std::string const& certificate = {})
        : edit([this](std::string_view, std::function<void(dnsd::ZoneEdit&)> const& work) {
              zone.edit(work);
              return base::Result<void>();
          }),
          signing(zone.database, edit, zone.keys_path(), zone.clock),
          maintenance(zone.database, edit, zone.keys_path(), certificate, zone.clock)
    {
        base::set_log_level(base::Level::error);
    }

    /// Lets time pass in steps, as a machine does that is switched on.
    void live(base::Microseconds time, base::Microseconds step = 30min)
    {
        for (; time.count() > 0; time -= step) {
            zone.clock.pass(step);
            work();
        }
    }
    void work()
    {
        for (int i = 0; i < 100; ++i)
            if (maintenance.run() > zone.clock.now()) return;
        FAIL("never finished");
    }
    std::string why(base::Result<void> const& result) const { return result ? "done" : result.error().why; }
    dnsd::SigningStatus status() { return signing.status("sch.id").value(); }
    std::vector<KeyState> states(KeyRole role)
    {
        std::vector<KeyState> all;
        for (auto const& key : status().keys)
            if (key.role == role) all.push_back(key.state);
        return all;
    }
    std::size_t count(std::uint16_t type, std::string const& owner = {})
    {
        auto const rows = zone.all();
        auto const sets = rows.find(owner);
        if (sets == rows.end() || !sets->second.contains(type)) return 0;
        return sets->second.at(type).size();
    }
    std::size_t key_files() const
    {
        auto const files = std::filesystem::directory_iterator(zone.keys_path());
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    support::SigningZone zone;
    dnsd::EditZone edit;
    dnsd::ZoneSigning signing;
    dnsd::Maintenance maintenance;
};

using Sentences = std::vector<std::string>;
using States = std::vector<KeyState>;
} // namespace

TEST_CASE("a zone is signed and unsigned by an order", "[dns][dnssec]")
{
    Keeper keeper;
    auto const before = keeper.zone.all().size();
    keeper.signing.sign("sch.id", Signing::nsec3, Algorithm::ed25519).value();
    CHECK(keeper.zone.problems() == Sentences());
    CHECK(keeper.status().kind == Signing::nsec3);
    CHECK(keeper.status().keys.size() == 2);
    CHECK(keeper.key_files() == 2);

    CHECK(keeper.why(keeper.signing.sign("sch.id.", Signing::nsec, Algorithm::ecdsap256sha256)) ==
          "the zone is signed with another algorithm");
    keeper.signing.sign("sch.id.", Signing::nsec, Algorithm::ed25519).value();
    CHECK(keeper.zone.problems() == Sentences());

    CHECK(keeper.signing.unsign("sch.id", Farewell::after_parent).value());
    for (auto const& [owner, sets] : keeper.zone.all())
        for (std::uint16_t const type : std::initializer_list<std::uint16_t>{46, 47, 48, 50, 51, 59, 60})
            CHECK_FALSE(sets.contains(type));
    CHECK(keeper.zone.all().size() == before);
    CHECK(keeper.key_files() == 0);
    CHECK(keeper.signing.unsign("sch.id", Farewell::at_once).error().why == "this zone is not signed");
    CHECK(keeper.why(keeper.signing.sign("lain.id", Signing::nsec, Algorithm::ed25519)) == "there is no such zone");
}

TEST_CASE("the DS is offered when nobody remembers the unsigned zone any more", "[dns][dnssec][rfc7344]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    keeper.live(24h);
    CHECK(keeper.status().ds.empty());
    CHECK(keeper.count(59) == 0);
    CHECK(keeper.why(keeper.signing.parent_has_acted("sch.id")) == "nothing waits for the parent now");
    keeper.live(2h); // the longest TTL is a day, secondaries may lag an hour
    CHECK(keeper.status().ds.size() == 1);
    CHECK(keeper.status().parent_must_act);
    CHECK(keeper.count(59) == 1);
    CHECK(keeper.count(60) == 1);
    keeper.signing.parent_has_acted("sch.id").value();
    CHECK_FALSE(keeper.status().parent_must_act);
    CHECK(keeper.states(KeyRole::ksk) == States{KeyState::active});
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("a zone whose DS is at the parent leaves in order", "[dns][dnssec][rfc8078]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    keeper.live(26h);
    keeper.signing.parent_has_acted("sch.id").value();
    CHECK_FALSE(keeper.signing.unsign("sch.id", Farewell::after_parent).value());
    CHECK(keeper.zone.all().at({}).at(59).front().rdata == dnsd::cds_of_leaving());
    CHECK(keeper.zone.problems() == Sentences());
    keeper.live(20 * 24h, 6h);
    CHECK(keeper.status().kind == Signing::nsec); // it waits for the parent as long as that takes
    keeper.signing.parent_has_acted("sch.id").value();
    keeper.live(2 * 24h);
    CHECK(keeper.zone.problems() == Sentences());
    keeper.live(2h);
    CHECK(keeper.status().kind == Signing::off);
    CHECK(keeper.count(48) == 0);

    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("signatures are replaced before half of their time is over, also of names that nobody edits",
          "[dns][dnssec]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    for (int days = 0; days < 30; ++days) {
        keeper.live(24h, 6h);
        for (auto const& [owner, sets] : keeper.zone.all()) {
            if (!sets.contains(46)) continue;
            for (auto const& row : sets.at(46))
                CHECK(dnsd::read_signature(row.rdata)->expiration > keeper.zone.clock.seconds() + 5 * 86400);
        }
    }
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("after weeks without power the zone is signed again at once", "[dns][dnssec]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec3, Algorithm::ecdsap256sha256).value();
    CHECK_FALSE(keeper.signing.trouble("sch.id"));
    keeper.zone.clock.pass(10 * 24h);
    CHECK(keeper.signing.trouble("sch.id")->why == "its signatures end soon and are not replaced");
    keeper.zone.clock.pass(30 * 24h);
    CHECK(keeper.signing.trouble("sch.id")->why == "its signatures have ended");
    CHECK_FALSE(keeper.zone.problems().empty());
    keeper.work();
    CHECK_FALSE(keeper.signing.trouble("sch.id"));
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("a ZSK is replaced in steps when it is ordered", "[dns][dnssec][rfc6781]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    keeper.live(1min, 1min);
    keeper.signing.roll("sch.id", KeyRole::zsk).value();
    CHECK(keeper.states(KeyRole::zsk) == States{KeyState::active, KeyState::published});
    CHECK(keeper.why(keeper.signing.roll("sch.id", KeyRole::zsk)) == "this key is being replaced already");
    CHECK(keeper.count(48) == 3);
    keeper.live(2h);
    CHECK(keeper.states(KeyRole::zsk) == States{KeyState::unused, KeyState::active});
    keeper.live(24h);
    CHECK(keeper.count(48) == 3);
    keeper.live(2h);
    CHECK(keeper.states(KeyRole::zsk) == States{KeyState::active});
    CHECK(keeper.count(48) == 2);
    CHECK(keeper.key_files() == 2);
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("the signatures of a large zone are replaced in many small changes", "[dns][dnssec]")
{
    Keeper keeper;
    std::string text;
    for (int i = 0; i < 700; ++i) text += "pc" + std::to_string(i) + " 300 A 10.2.0.1\n";
    keeper.zone.add(text);
    keeper.signing.sign("sch.id", Signing::nsec3, Algorithm::ed25519).value();
    auto const old = keeper.status().keys.back().tag;
    keeper.live(1min, 1min);
    keeper.signing.roll("sch.id", KeyRole::zsk).value();
    auto const revision = [&] {
        return keeper.zone.database.read(
            [](db::Reader& reader) { return dnsd::read_zone(reader, "sch.id.")->revision; });
    };
    auto const before = revision();
    keeper.live(2h);
    CHECK(revision() - before >= 5); // 1,400 signatures, 250 or a few more at a time
    CHECK(keeper.states(KeyRole::zsk) == States{KeyState::unused, KeyState::active});
    for (auto const& [owner, sets] : keeper.zone.all())
        if (sets.contains(46))
            for (auto const& row : sets.at(46)) CHECK(dnsd::read_signature(row.rdata)->tag != old);
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("a KSK is replaced with the parent's help", "[dns][dnssec][rfc7344]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    CHECK(keeper.why(keeper.signing.roll("sch.id", KeyRole::ksk)) ==
          "the parent has not got the DS of the first key yet");
    keeper.live(26h);
    auto const first = keeper.status().ds;
    keeper.signing.parent_has_acted("sch.id").value();
    keeper.signing.roll("sch.id", KeyRole::ksk).value();
    CHECK(keeper.status().ds == first);
    keeper.live(2h);
    CHECK(keeper.status().ds != first);
    CHECK(keeper.status().ds.size() == 1);
    CHECK(keeper.status().parent_must_act);
    keeper.live(30 * 24h, 6h);
    CHECK(keeper.states(KeyRole::ksk) == States{KeyState::active, KeyState::ready});
    keeper.signing.parent_has_acted("sch.id").value();
    CHECK(keeper.states(KeyRole::ksk) == States{KeyState::retired, KeyState::active});
    keeper.live(50h);
    CHECK(keeper.states(KeyRole::ksk) == States{KeyState::active});
    CHECK(keeper.zone.problems() == Sentences());
}

TEST_CASE("a zone whose key is gone is left as it is, and the others go on", "[dns][dnssec]")
{
    Keeper keeper;
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    auto const before = keeper.zone.all();
    std::filesystem::remove_all(keeper.zone.keys_path());
    keeper.zone.signer = dnsd::make_signer(keeper.zone.keys_path(), keeper.zone.clock);
    keeper.zone.clock.pass(10 * 24h);
    keeper.work();
    CHECK(keeper.zone.all() == before);
    CHECK(keeper.signing.unsign("sch.id", Farewell::at_once).value());
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    CHECK(keeper.zone.problems() == Sentences());
}

// A year of a zone as resolvers see it.

namespace
{
/// What was served from a moment on.
struct Version {
    std::int64_t from = 0;
    support::ZoneRows rows;
    bool has_signatures = false;
};

/// A resolver may have each record set from another time: any set of the zone's with any DNSKEY set and any DS that
/// it could have cached, from a secondary that lags behind.
class World
{
public:
    explicit World(Keeper& keeper) : keeper_(keeper) { look(); }

    void look()
    {
        auto const now = keeper_.zone.clock.seconds();
        auto rows = keeper_.zone.all();
        if (versions_.empty() || versions_.back().rows != rows) {
            bool const has_keys = rows.at({}).contains(48);
            versions_.push_back({now, std::move(rows), has_keys});
        }
        while (versions_.size() > 1 && versions_[1].from < now - longest_memory) versions_.erase(versions_.begin());
        while (parent_.size() > 1 && parent_[1].first < now - parent_ttl) parent_.erase(parent_.begin());
    }
    void parent_takes(std::vector<std::string> ds)
    {
        parent_.emplace_back(keeper_.zone.clock.seconds(), std::move(ds));
    }

    Sentences problems()
    {
        look();
        auto const now = keeper_.zone.clock.seconds();
        Sentences found;
        for (auto const& [since, ds] : parent_) {
            if (ds.empty()) continue; // nobody expects signatures
            for (std::size_t k = 0; k < versions_.size(); ++k) {
                if (!is_remembered(k, now, 3600)) continue;
                check_keys(versions_[k], ds, now, found);
                for (std::size_t v = 0; v < versions_.size(); ++v) check_sets(v, versions_[k], now, found);
            }
        }
        return found;
    }

private:
    static constexpr std::int64_t lag = 3600;
    static constexpr std::int64_t longest_memory = 86400 + lag;
    static constexpr std::int64_t parent_ttl = 86400;

    bool is_remembered(std::size_t version, std::int64_t now, std::int64_t ttl) const
    {
        return version + 1 == versions_.size() || versions_[version + 1].from > now - ttl - lag;
    }
    void check_keys(Version const& version, std::vector<std::string> const& ds, std::int64_t now, Sentences& found)
    {
        if (!version.has_signatures) return found.push_back("a DS, but no DNSKEY");
        auto const& apex = version.rows.at({});
        std::vector<Row> trusted;
        for (auto const& key : apex.at(48))
            if (std::find(ds.begin(), ds.end(),
                          dnsd::show_ds(dnsd::ds_data(dnsd::must_wire_name("sch.id."), key.rdata))) != ds.end())
                trusted.push_back(key);
        if (!verify(apex.at(48), apex.at(46), trusted, now)) found.push_back("no DNSKEY set that a DS trusts");
    }
    void check_sets(std::size_t v, Version const& keys, std::int64_t now, Sentences& found)
    {
        auto const& version = versions_[v];
        for (auto const* name : {"", "mail", "www"}) {
            auto const owner = std::string(name) + (*name ? std::string(1, '\0') : std::string());
            auto const sets = version.rows.find(owner);
            if (sets == version.rows.end()) continue;
            for (std::uint16_t const type : std::initializer_list<std::uint16_t>{1, 6, 47}) {
                auto const set = sets->second.find(type);
                if (set == sets->second.end() || !is_remembered(v, now, set->second.front().ttl)) continue;
                auto const signatures = sets->second.find(46);
                if (signatures == sets->second.end() || !keys.has_signatures ||
                    !verify(set->second, signatures->second, keys.rows.at({}).at(48), now))
                    found.push_back("TYPE" + std::to_string(type) + " of '" + name + "' is bogus");
            }
        }
    }
    bool verify(std::vector<Row> const& set, std::vector<Row> const& signatures, std::vector<Row> const& keys,
                std::int64_t now)
    {
        std::string id;
        for (auto const* rows : {&set, &signatures, &keys})
            for (auto const& row : *rows) id += row.rdata;
        auto const known = verified_.find(id);
        if (known != verified_.end() && known->second.first <= now && now <= known->second.second) return true;
        if (!support::is_verified(set, signatures, keys, dnsd::must_wire_name("sch.id."), now)) return false;
        std::int64_t until = INT64_MAX;
        for (auto const& row : signatures)
            until = std::min<std::int64_t>(until, dnsd::read_signature(row.rdata)->expiration);
        verified_[id] = {now, until};
        return true;
    }

    Keeper& keeper_;
    std::vector<Version> versions_;
    std::vector<std::pair<std::int64_t, std::vector<std::string>>> parent_ = {{0, {}}};
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> verified_;
};
} // namespace

TEST_CASE("in a year with rolls, edits and outages no resolver ever finds the zone bogus", "[dns][dnssec][rfc7583]")
{
    auto const seed = GENERATE(1U, 2U, 3U);
    std::mt19937 random(seed);
    Keeper keeper;
    World world(keeper);
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    std::int64_t parent_acts_at = 0;
    std::size_t ksk_rolls = 0;
    std::size_t zsk_keys = 0;
    std::set<std::uint16_t> seen;
    for (int hours = 0; hours < 365 * 24;) {
        bool const outage = random() % 400 == 0;
        int const step = outage ? 48 : 3;
        hours += step;
        keeper.zone.clock.pass(std::chrono::hours(step));
        keeper.work();
        auto const status = keeper.status();
        for (auto const& key : status.keys)
            if (key.role == KeyRole::zsk && seen.insert(key.tag).second) ++zsk_keys;
        auto const now = keeper.zone.clock.seconds();
        if (!status.parent_must_act) parent_acts_at = now + static_cast<std::int64_t>(random() % (14 * 86400));
        if (status.parent_must_act && now >= parent_acts_at) {
            world.parent_takes(status.ds);
            keeper.signing.parent_has_acted("sch.id").value();
        }
        if (random() % 300 == 0 && keeper.signing.roll("sch.id", KeyRole::ksk)) ++ksk_rolls;
        if (random() % 8 == 0) keeper.zone.add("www 600 A 10.9.0." + std::to_string(random() % 200) + "\n");
        INFO("seed " << seed << " hour " << hours);
        REQUIRE(world.problems() == Sentences());
    }
    CHECK(zsk_keys >= 4);
    CHECK(ksk_rolls >= 3);
    CHECK(keeper.zone.problems() == Sentences());

    while (keeper.signing.roll("sch.id", KeyRole::ksk)) {
    }
    REQUIRE_FALSE(keeper.signing.unsign("sch.id", Farewell::after_parent).value());
    keeper.live(24h, 3h);
    world.parent_takes({});
    keeper.signing.parent_has_acted("sch.id").value();
    for (int i = 0; i < 100; ++i) {
        keeper.live(1h);
        INFO("after " << i << " hours of leaving");
        REQUIRE(world.problems() == Sentences());
    }
    CHECK(keeper.status().kind == Signing::off);
}

TEST_CASE("TLSA records follow our certificate in signed zones, the old one stays for two TTLs",
          "[dns][dnssec][rfc7671]")
{
    support::TempFolder state;
    tls::Identity identity;
    identity.domain = "sch.id";
    tls::prepare(state.path(), identity).value();
    Keeper keeper(state / "tls/server.crt");
    auto const owner = std::string("mail\0_tcp\0_25\0", 14);
    keeper.work();
    CHECK(keeper.count(52, owner) == 0); // not signed: nobody could trust it
    keeper.signing.sign("sch.id", Signing::nsec, Algorithm::ecdsap256sha256).value();
    keeper.work();
    auto const first = keeper.zone.all().at(owner).at(52);
    REQUIRE(first.size() == 1);
    CHECK(base::hex(first.front().rdata.substr(0, 3)) == "030101");
    CHECK(first.front().rdata.substr(3) == dnsd::public_key_digest(state / "tls/server.crt"));
    CHECK(keeper.count(52, std::string("www\0_tcp\0_443\0", 14)) == 1);
    CHECK(keeper.count(52, std::string("imap\0_tcp\0_993\0", 15)) == 0); // has no address here

    std::string const file = state / "tls/server.crt";
    std::filesystem::rename(file, file + ".away");
    std::ofstream(file) << "not to be read";
    keeper.work();
    CHECK(keeper.count(52, owner) == 1); // the services still have the one that we know
    std::filesystem::rename(file + ".away", file);

    tls::issue(state.path(), identity).value();
    keeper.work();
    CHECK(keeper.count(52, owner) == 2);
    CHECK(keeper.zone.problems() == Sentences());
    keeper.live(11min, 1min);
    REQUIRE(keeper.count(52, owner) == 1);
    CHECK(keeper.zone.all().at(owner).at(52) != first);

    keeper.zone.add("_25._tcp.mail 3600 TLSA 3 1 1 " + std::string(64, 'A') + "\n");
    keeper.work();
    REQUIRE(keeper.count(52, owner) == 1);
    CHECK(keeper.zone.all().at(owner).at(52).front().origin == dnsd::Origin::written);

    CHECK(keeper.signing.unsign("sch.id", Farewell::at_once).value());
    keeper.work();
    CHECK(keeper.count(52, std::string("www\0_tcp\0_443\0", 14)) == 0);
    CHECK(keeper.count(52, owner) == 1);
}
