#pragma once
// One change of one zone inside a transaction, in wire form: every row that goes in or out is also written to the
// journal. What people write passes zone_checks first; what signing adds (sign/) and transfers bring (keep/) comes
// here directly. Not for reading a whole zone (zone_store.h).

#include "appliance/db/statement.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Where a record comes from (record.origin).
enum class Origin { written = 0, derived = 1, signing = 2 };

/// A row: owner as zone_key.h gives it.
struct Row {
    std::string owner;
    std::uint16_t type = 0;
    std::string rdata; ///< wire form, names uncompressed and in lower case
    std::uint32_t ttl = 0;
    Origin origin = Origin::written;
    bool operator==(Row const&) const = default;
};

/// A zone's journal may have that many rows, and half as many as the zone has records.
inline constexpr std::int64_t shortest_journal = 1000;

enum class ZoneKind { primary, secondary, catalog };
enum class Signing { off, nsec, nsec3 };

/// The zone's row as it was when the change began.
struct ZoneHead {
    std::int64_t id = 0;
    std::string name;      ///< text, absolute, lower case
    std::string wire_name; ///< the same in wire form
    ZoneKind kind = ZoneKind::primary;
    std::int64_t revision = 0;
    std::int64_t base_revision = 0;
    Signing signing = Signing::off;
    bool counts_serial = false; ///< serial_style is 'counter'
    bool is_expired = false;    ///< a secondary whose primary is silent for too long: it has its records, and is not
                                ///< served
};

/// Throws StoreError like the transaction below it.
class ZoneEdit
{
public:
    ZoneEdit(db::Transaction& transaction, ZoneHead head);

    db::Transaction& transaction() { return transaction_; }
    ZoneHead const& head() const { return head_; }

    /// All rows of a name, or of one type, by type and data.
    std::vector<Row> at(std::string_view owner);
    std::vector<Row> at(std::string_view owner, std::uint16_t type);
    bool has_names_below(std::string_view owner);
    /// The first row below the name that somebody wrote; without address records where `but_addresses`.
    std::optional<Row> first_below(std::string_view owner, bool but_addresses);
    /// The nearest names that have rows for which a record of other types than RRSIG, NSEC and NSEC3 exists; nothing
    /// at the zone's ends.
    std::optional<std::string> name_before(std::string_view owner);
    std::optional<std::string> name_after(std::string_view owner);
    /// The NS, MX and SRV records whose target is `name` (wire form).
    std::vector<Row> pointing_at(std::string_view name);
    /// Every row in canonical order; `each` must not change the zone.
    void for_each(std::function<void(Row const&)> const& each);

    /// False: it is there already (same owner, type and data). A different TTL or origin replaces the row.
    bool insert(Row const& row);
    /// False: there was none.
    bool erase(Row const& row);
    /// The whole zone goes (journal included: copies are read anew). The names that were there are not `touched`.
    void erase_all();

    /// The zone's row again: after it was changed by SQL in this transaction.
    void reread_head();

    /// Names whose rows were inserted or erased so far.
    std::set<std::string, std::less<>> const& touched() const { return touched_; }
    bool is_changed() const { return !touched_.empty() || emptied_; }
    /// True for a new zone, after erase_all, and after a change so large that the journal is not worth its space.
    bool is_replaced() const { return replaced_; }
    /// Data of the A and AAAA records that came or went, and targets (wire form) of such NS and MX records: what PTR
    /// records follow from.
    std::set<std::string> const& touched_addresses() const { return touched_addresses_; }
    std::set<std::string> const& touched_servers() const { return touched_servers_; }

    std::int64_t noted() const { return next_number_ - 1; } ///< rows that this change has in the journal

private:
    bool replace(Row const& old, Row const& row);
    void give_up_journal();
    void look_at_size();
    void note(bool added, Row const& row);
    void remember(Row const& row);

    db::Transaction& transaction_;
    ZoneHead head_;
    std::int64_t next_number_ = 1;
    std::int64_t next_look_ = shortest_journal;
    bool replaced_ = false;
    bool emptied_ = false;
    std::set<std::string, std::less<>> touched_;
    std::set<std::string> touched_addresses_;
    std::set<std::string> touched_servers_;
};

} // namespace dnsd
