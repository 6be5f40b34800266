#pragma once
// One name of a zone and what of it is signed (RFC 4035 2.2 and 2.3).

#include "dnsd/zone/zone_edit.h"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

enum class Standing {
    authoritative,
    delegation, ///< the zone ends here: only DS and NSEC are ours
    occluded,   ///< below a delegation or DNAME: glue
};

constexpr bool is_denial(std::uint16_t type) { return type == 47 || type == 50; }
/// Records that exist only because the zone is signed and say nothing about a name's existence.
constexpr bool is_about_others(std::uint16_t type) { return type == 46 || is_denial(type); }

/// By type and data, as the store gives them.
using NameRows = std::vector<Row>;

bool has_data(NameRows const& rows);
bool has_type(NameRows const& rows, std::uint16_t type);
/// Standing of a name that is not occluded.
Standing standing_of(std::string_view owner, NameRows const& rows);
/// NS or DNAME below the apex.
bool hides_below(std::string_view owner, NameRows const& rows);

/// The types that its NSEC or NSEC3 record lists.
std::set<std::uint16_t> denial_types(NameRows const& rows, Standing standing, Signing kind);

/// The record sets that get a signature: views into `rows`.
std::vector<std::span<Row const>> signed_sets(NameRows const& rows, Standing standing);

} // namespace dnsd
