#include "dnsd/serve/query.h"
#include "dnsd/serve/zone_answer.h"
#include "dnsd/serve/zone_set.h"

#include <array>

namespace dnsd
{

namespace
{
/// A smaller zone stays in the caches by itself.
constexpr std::size_t least_names = 2000;
constexpr std::size_t most_queries = 64;
} // namespace

void warm_up(ZoneSet const& zones, std::span<Query const* const> queries)
{
    std::array<NodeTable::Approach, most_queries> ways;
    std::size_t count = 0;
    for (auto const* query : queries) {
        auto const found = zones.find(query->name);
        if (!found || !found->zone || found->zone->names() < least_names || count == ways.size()) continue;
        ways[count++] = found->zone->approach(query->name);
    }
    if (count < 2) return;
    for (int step = 0; step < NodeTable::Approach::steps; ++step)
        for (std::size_t i = 0; i < count; ++i) ways[i].step();
}

} // namespace dnsd
