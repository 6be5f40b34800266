#include "dnsd/serve/zone_loader.h"
#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_questions.h"
#include "tests/support/catch.h"

#include <random>

namespace
{
/// A few labels, so that names meet each other: delegations above names, wildcards beside them, empty non-terminals
/// that come and go.
class RandomNames
{
public:
    explicit RandomNames(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string name()
    {
        static constexpr char const* labels[] = {"a", "b", "c", "*", "x\\000y", "zz"};
        std::string name;
        for (auto depth = below(4); depth > 0; --depth) name += std::string(labels[below(6)]) + ".";
        return name + "sch.id.";
    }

    std::string record()
    {
        auto const number = std::to_string(below(3));
        auto const owner = name();
        switch (below(owner == "sch.id." ? 6 : 9)) {
        case 0: return owner + " A 10.0.0." + number;
        case 1: return owner + " AAAA 2001:db8::" + number;
        case 2: return owner + " TXT text" + number;
        case 3: return owner + " MX " + number + " " + name();
        case 4: return owner + " SRV 0 0 1 " + name();
        case 5: return owner + " NSEC b.sch.id. A NSEC";
        case 6: return owner + " NS " + name();
        case 7: return owner + " DNAME " + name();
        default: return owner + " CNAME " + name();
        }
    }

    support::Question question()
    {
        static constexpr std::uint16_t types[] = {1, 2, 5, 15, 16, 33, 39, 43, 46, 47, 255};
        auto text = name();
        if (below(3) == 0) text = "q." + text;
        return {dnsd::must_wire_name(text), types[below(11)], below(2) == 0};
    }

private:
    std::mt19937 random_;
};

constexpr char const* start = "@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns.other.net.\n";

void edit_at_random(support::ZoneDatabase& database, RandomNames& random, std::size_t changes)
{
    database.edit("sch.id.", [&](dnsd::ZoneEdit& zone) {
        for (std::size_t i = 0; i < changes; ++i) {
            auto const rows = support::ZoneDatabase::rows("sch.id.", random.record());
            if (rows.empty()) continue;
            auto const there = zone.at(rows[0].owner);
            if (random.below(2) == 0 && !there.empty() && there[0].type != dnsd::type::soa) {
                // What goes is mostly a whole name.
                for (auto const& row : there)
                    if (!row.owner.empty()) zone.erase(row);
            } else if (zone.at(rows[0].owner, dnsd::type::cname).empty() || rows[0].type != dnsd::type::cname) {
                zone.insert(rows[0]);
            }
        }
    });
}
} // namespace

TEST_CASE("after any edits a zone answers like one read anew", "[dns]")
{
    support::ZoneDatabase database;
    database.add_zone("sch.id.", start);
    dnsd::CurrentZones zones;
    dnsd::ZoneLoader loader(zones);
    database.load(loader);
    RandomNames random(20261122);
    for (int round = 0; round < 400; ++round) {
        edit_at_random(database, random, 1 + random.below(6));
        database.load(loader);
        auto const fresh = database.read();
        auto const changed = zones.get();
        REQUIRE(changed->zone(0)->names() == fresh.zone(0)->names());
        for (int i = 0; i < 60; ++i) {
            auto const question = random.question();
            INFO("round " << round << ", " << dnsd::show_name(question.name) << " type " << question.type);
            REQUIRE(support::ask_zones(*changed, question).all() == support::ask_zones(fresh, question).all());
        }
    }
}
