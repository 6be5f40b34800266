#include "dnsd/zone/record_list.h"

#include "dnsd/zone/soa.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace dnsd
{

void sort_for_people(std::vector<Record>& records, std::string const& zone)
{
    bool const by_length = is_reverse_name(zone);
    auto const key = [&](Record const& record) {
        int const type_rank = record.type == "SOA" ? 0 : record.type == "NS" ? 1 : 2;
        std::size_t const length = by_length ? record.owner.size() : 0;
        return std::make_tuple(record.owner != zone, length, std::string_view(record.owner), type_rank,
                               std::string_view(record.type), std::string_view(record.rdata));
    };
    std::sort(records.begin(), records.end(), [&](Record const& a, Record const& b) { return key(a) < key(b); });
}

std::string show_zone_file(std::vector<Record> const& records, std::string const& zone)
{
    std::string text = "$ORIGIN " + zone + "\n$TTL " + std::to_string(default_ttl) + "\n";
    for (auto const& record : records)
        if (!record.derived) text += record.line() + "\n";
    auto const add_comments = [&](bool pointers, char const* title) {
        for (auto const& record : records) {
            if (!record.derived || (record.type == "PTR") != pointers) continue;
            text += std::exchange(title, "");
            text += "; " + record.line() + "\n";
        }
    };
    add_comments(true, "; These follow from the address records by themselves:\n");
    add_comments(false, "; These are made by the box itself:\n");
    return text;
}

} // namespace dnsd
