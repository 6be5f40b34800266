#pragma once
// A zone's records taken apart by name and type, while its answers are being made. Thrown away afterwards.

#include "appliance/base/result.h"
#include "dnsd/zone/wire_record.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

struct RecordSet {
    std::uint32_t ttl = 0;
    std::vector<std::string> data;
};

struct ModelNode {
    std::map<std::uint16_t, RecordSet> sets; ///< empty: a name that only has names below it (RFC 4592 2.2.2)
    std::string cut;                         ///< the delegation at or above this name; empty: authoritative
};

class ZoneModel
{
public:
    enum class Kind { node, wildcard, delegation, missing };
    /// RFC 1034 4.3.2 step 3 and RFC 4592: what is at a name. `owner` is the name in the zone that matched.
    struct Found {
        Kind kind = Kind::missing;
        ModelNode const* node = nullptr;
        std::string_view owner;
    };
    using Nodes = std::map<std::string, ModelNode, std::less<>>;

    /// Fails when a record cannot be understood or SOA or NS are missing: the zone is broken.
    static base::Result<ZoneModel> make(std::string_view name, std::vector<Record> const& records);

    std::string const& apex() const { return apex_; }
    Nodes const& nodes() const { return nodes_; }
    RecordSet const& soa() const { return nodes_.at(apex_).sets.at(type::soa); }
    /// `name` must be inside the zone.
    Found find(std::string_view name) const;
    ModelNode const* node(std::string_view name) const;

private:
    base::Result<void> add(Record const& record);
    void mark_cuts();

    std::string apex_;
    Nodes nodes_;
};

/// The zones that are being built, by name: for CNAME chains that lead from one to another.
class ModelSet
{
public:
    void add(ZoneModel const& model) { models_.emplace(model.apex(), &model); }
    /// The zone that has the most to say about a name.
    ZoneModel const* zone_of(std::string_view name) const;

private:
    std::map<std::string, ZoneModel const*, std::less<>> models_;
};

} // namespace dnsd
