#include "dnsd/zone/ldns_ptr.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"
#include "tests/support/catch.h"

#include <random>
#include <vector>

namespace
{
std::string random_name(std::mt19937& random, std::string const& zone)
{
    // Few different octets, those among them that the key treats specially: many near misses.
    constexpr char octets[] = {'\0', '\1', '\2', 'a', 'b', '\x7F', '\xFF'};
    auto const pick = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit)(random); };
    std::string name = zone;
    for (auto labels = pick(3); labels > 0; --labels) {
        std::string label;
        for (auto size = pick(3) + 1; size > 0; --size) label += octets[pick(6)];
        name = static_cast<char>(label.size()) + label + name;
    }
    return name;
}

int sign(int number) { return number < 0 ? -1 : number > 0 ? 1 : 0; }

int canonical_order(std::string const& a, std::string const& b)
{
    auto const data = [](std::string const& wire) {
        return dnsd::LdnsData(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, wire.size(), wire.data()));
    };
    return sign(ldns_dname_compare(data(a).get(), data(b).get()));
}
} // namespace

TEST_CASE("keys go back to the names they were made of, and sort as ldns sorts names", "[dns][rfc4034]")
{
    std::mt19937 random(20261122);
    for (auto const& zone : {dnsd::must_wire_name("sch.id."), dnsd::must_wire_name(".")}) {
        std::vector<std::string> names;
        for (int i = 0; i < 400; ++i) names.push_back(random_name(random, zone));
        for (auto const& name : names) {
            auto const key = dnsd::zone_key(name, zone);
            REQUIRE(dnsd::key_name(key, zone) == name);
            if (name != zone) REQUIRE(dnsd::key_name(dnsd::parent_key(key), zone) == std::string(dnsd::parent(name)));
        }
        for (std::size_t i = 0; i + 1 < names.size(); ++i) {
            auto const order = dnsd::zone_key(names[i], zone).compare(dnsd::zone_key(names[i + 1], zone));
            REQUIRE(sign(order) == canonical_order(names[i], names[i + 1]));
        }
    }
}

TEST_CASE("what is below a name lies between its key and the first key behind", "[dns]")
{
    std::mt19937 random(7);
    auto const zone = dnsd::must_wire_name("sch.id.");
    for (int i = 0; i < 2000; ++i) {
        auto const upper = random_name(random, zone);
        auto const name = i % 2 == 0 ? random_name(random, upper) : random_name(random, zone);
        auto const key = dnsd::zone_key(name, zone);
        auto const from = dnsd::zone_key(upper, zone);
        bool const inside = key >= from && key < dnsd::key_after_all_below(from);
        REQUIRE(inside == dnsd::is_below_or_same(name, upper));
    }
}

TEST_CASE("a label of 63 octets 255 lies below the zone", "[dns]")
{
    auto const zone = dnsd::must_wire_name("id.");
    auto const key = dnsd::zone_key('\x3F' + std::string(63, '\xFF') + zone, zone);
    CHECK(key < dnsd::key_after_all_below(""));
}
