#pragma once
// Changes that people make: records in, records out, whole zones. Inside a transaction, refusing by base::Failure so
// that nothing of it stays. Rules and texts are here and in zone_checks.h; what follows from a change is
// change_set.h.

#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_checks.h"
#include "dnsd/zone/zone_edit.h"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace dnsd
{

/// Several broken rules at once, for reports that name each line of a file.
class Faults : public std::runtime_error
{
public:
    explicit Faults(std::vector<Fault> faults) : std::runtime_error("faults"), faults_(std::move(faults)) {}
    std::vector<Fault> const& faults() const { return faults_; }

private:
    std::vector<Fault> faults_;
};

inline constexpr std::size_t most_faults = 100;

enum class Duplicate { refuse, leave };

/// Gives what was new. Checks each record by itself. A SOA takes the place of the one that is there.
std::vector<WireRecord> add_records(ZoneEdit& zone, std::vector<WireRecord> const& records, Duplicate duplicate);

/// All of a name, all of one type, or exactly one.
struct WireFilter {
    std::string owner;
    std::optional<std::uint16_t> type;
    std::optional<std::string> rdata;
};
/// "pc1", "pc1 A" or "pc1 A 192.168.10.20". Throws a refusal.
WireFilter read_filter(std::string_view line, ZoneHead const& zone);

/// Gives what was there; nothing found is a refusal.
std::vector<WireRecord> remove_records(ZoneEdit& zone, WireFilter const& filter);

struct Replaced {
    std::size_t added = 0;
    std::size_t removed = 0;
};
/// Makes `records` all that people wrote in the zone, touching what differs only.
Replaced replace_records(ZoneEdit& zone, std::vector<WireRecord> const& records);

/// The rules between records, for what the edit touched. Throws Faults.
void must_keep_rules(ZoneEdit& zone);

/// A row as a record.
WireRecord record_of(ZoneEdit const& zone, Row const& row);

} // namespace dnsd
