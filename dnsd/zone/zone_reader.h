#pragma once
// Reading zones as they are stored, in wire form, without copies: for the loader of the answering process, for
// signing and for transfers. Not for people (zone_store.h).

#include "appliance/db/statement.h"
#include "dnsd/zone/zone_edit.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// A row of the database; the views are good until the function that got it returns.
struct RowView {
    std::string_view owner; ///< zone_key.h
    std::uint16_t type = 0;
    std::string_view rdata;
    std::uint32_t ttl = 0;
    Origin origin = Origin::written;
};
using EachRow = std::function<void(RowView const&)>;

/// A line of the journal.
struct ChangeView {
    std::int64_t revision = 0;
    bool added = false;
    RowView row; ///< origin is not in the journal
};

/// All zones there are, by name. A zone without records (a secondary before its first transfer) is among them.
std::vector<ZoneHead> read_zones(db::Reader& reader);
/// `name` absolute and in lower case.
std::optional<ZoneHead> read_zone(db::Reader& reader, std::string_view name);
std::optional<ZoneHead> read_zone(db::Reader& reader, std::int64_t id);

/// Every row in key order, those of one owner by type and data.
void read_rows(db::Reader& reader, std::int64_t zone, EachRow const& each);
/// Those of one owner.
void read_rows_at(db::Reader& reader, std::int64_t zone, std::string_view owner, EachRow const& each);
/// Those of one type at one owner.
void read_rows_at(db::Reader& reader, std::int64_t zone, std::string_view owner, std::uint16_t type,
                  EachRow const& each);

/// Does any name below `owner` (itself not counted) have a row?
bool has_rows_below(db::Reader& reader, std::int64_t zone, std::string_view owner);
/// Those names, each once, in key order.
void read_owners_below(db::Reader& reader, std::int64_t zone, std::string_view owner,
                       std::function<void(std::string_view owner)> const& each);

/// The owners that were touched behind `revision`, each once, in key order. Only for revisions not older than the
/// zone's base_revision: before it, the zone must be read as a whole.
void read_touched(db::Reader& reader, std::int64_t zone, std::int64_t revision,
                  std::function<void(std::string_view owner)> const& each);
/// The journal behind `revision`, in order.
void read_changes(db::Reader& reader, std::int64_t zone, std::int64_t revision,
                  std::function<void(ChangeView const&)> const& each);

} // namespace dnsd
