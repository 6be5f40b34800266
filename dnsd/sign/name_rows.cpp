#include "dnsd/sign/name_rows.h"

#include "dnsd/sign/dnssec.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>

namespace dnsd
{

namespace
{
bool is_signed(std::uint16_t type, Standing standing)
{
    if (type == dnssec::rrsig || standing == Standing::occluded) return false;
    return standing == Standing::authoritative || type == dnssec::ds || type == dnssec::nsec;
}
} // namespace

bool has_data(NameRows const& rows)
{
    return std::any_of(rows.begin(), rows.end(), [](Row const& row) { return !is_about_others(row.type); });
}

bool has_type(NameRows const& rows, std::uint16_t type)
{
    return std::any_of(rows.begin(), rows.end(), [&](Row const& row) { return row.type == type; });
}

Standing standing_of(std::string_view owner, NameRows const& rows)
{
    return !owner.empty() && has_type(rows, type::ns) ? Standing::delegation : Standing::authoritative;
}

bool hides_below(std::string_view owner, NameRows const& rows)
{
    return !owner.empty() && (has_type(rows, type::ns) || has_type(rows, type::dname));
}

std::set<std::uint16_t> denial_types(NameRows const& rows, Standing standing, Signing kind)
{
    std::set<std::uint16_t> types;
    bool has_signatures = false;
    for (auto const& row : rows) {
        if (is_about_others(row.type)) continue;
        bool const is_ours = is_signed(row.type, standing);
        has_signatures = has_signatures || is_ours;
        if (is_ours || row.type == type::ns) types.insert(row.type);
    }
    if (kind == Signing::nsec) types.insert(dnssec::nsec);
    if (kind == Signing::nsec || has_signatures) types.insert(dnssec::rrsig);
    return types;
}

std::vector<std::span<Row const>> signed_sets(NameRows const& rows, Standing standing)
{
    std::vector<std::span<Row const>> sets;
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t end = first + 1;
        while (end < rows.size() && rows[end].type == rows[first].type) ++end;
        if (is_signed(rows[first].type, standing)) sets.push_back(std::span(rows).subspan(first, end - first));
        first = end;
    }
    return sets;
}

} // namespace dnsd
