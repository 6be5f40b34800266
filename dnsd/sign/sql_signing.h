#pragma once
// The SQL behind signing: the keys' table, and looking around in a zone. For sign/*.cpp only.

#include "dnsd/sign/key_plan.h"
#include "dnsd/zone/zone_edit.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd::sql
{

// Keys and how a zone is signed.

std::optional<SignedZone> read_signed_zone(db::Reader& reader, std::int64_t zone);
void write_signed_zone(db::Transaction& transaction, std::int64_t zone, SignedZone const& signed_zone);
void delete_signed_zone(db::Transaction& transaction, std::int64_t zone); ///< its keys too
void set_signing(db::Transaction& transaction, std::int64_t zone, Signing signing);

/// KSKs first, then by age.
std::vector<ZoneKey> read_keys(db::Reader& reader, std::int64_t zone);
void insert_key(db::Transaction& transaction, std::int64_t zone, ZoneKey const& key);
void set_key_state(db::Transaction& transaction, std::int64_t zone, std::uint16_t tag, KeyState state,
                   base::Timestamp since);
void delete_key(db::Transaction& transaction, std::int64_t zone, std::uint16_t tag);
/// The files of all keys of all zones.
std::vector<std::string> key_files(db::Reader& reader);

std::string_view name_of(KeyRole role);
std::string_view name_of(KeyState state);

// The zone.

/// All rows of the names from `from` on, until there are `enough` rows; never half a name.
struct Names {
    struct Name {
        std::string owner;
        std::vector<Row> rows;
    };
    std::vector<Name> names;
    std::string next; ///< where the next page begins
};
Names read_names(db::Reader& reader, std::int64_t zone, std::string_view from, std::size_t enough);

/// NS or DNAME: what hides everything below.
bool hides_below(db::Reader& reader, std::int64_t zone, std::string_view owner);
/// Records other than RRSIG, NSEC and NSEC3.
bool has_data_at(db::Reader& reader, std::int64_t zone, std::string_view owner);
bool has_data_below(db::Reader& reader, std::int64_t zone, std::string_view owner);
std::vector<std::string> owners_below(db::Reader& reader, std::int64_t zone, std::string_view owner);

/// Neighbours among the owners of NSEC or NSEC3 records; nothing at the ends.
std::optional<std::string> denial_before(db::Reader& reader, std::int64_t zone, Signing kind, std::string_view owner);
std::optional<std::string> denial_after(db::Reader& reader, std::int64_t zone, Signing kind, std::string_view owner);
std::optional<std::string> first_denial(db::Reader& reader, std::int64_t zone, Signing kind);
std::optional<std::string> last_denial(db::Reader& reader, std::int64_t zone, Signing kind);

} // namespace dnsd::sql
