// check_names: the rules between the records of a zone.

#include "dnsd/zone/zone_checks.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"

#include <algorithm>
#include <map>

namespace dnsd
{

namespace
{
using Touched = std::set<std::string, std::less<>>;
constexpr std::size_t most_remembered = 4096;

bool is_address(Row const& row) { return row.type == type::a || row.type == type::aaaa; }

/// What stands above a name.
struct Above {
    std::string delegation;   ///< key of the topmost name with NS records, the name itself included; empty: none
    bool below_dname = false; ///< a proper ancestor has one
};

class Checker
{
public:
    Checker(ZoneEdit& zone, Touched const& touched, std::size_t most) : zone_(zone), touched_(touched), most_(most) {}

    std::vector<Fault> run()
    {
        check_apex();
        for (auto const& owner : touched_) {
            if (faults_.size() >= most_) break;
            check_name(owner);
        }
        return std::move(faults_);
    }

private:
    std::string name_of(std::string_view owner) const { return key_name(owner, zone_.head().wire_name); }
    std::string show(Row const& row) const
    {
        auto const text = to_text({name_of(row.owner), row.type, row.ttl, row.rdata});
        return text.owner + " " + text.type + " " + text.rdata;
    }
    void refuse(Row const& row, std::string what, char const* why, char const* to_do = "")
    {
        if (faults_.size() < most_) faults_.push_back({row, base::refused(std::move(what), why, to_do)});
    }
    void refuse(Row const& row, char const* why, char const* to_do = "") { refuse(row, show(row), why, to_do); }

    /// What people wrote: signatures and PTRs that follow make room by themselves.
    std::vector<Row> at(std::string_view owner)
    {
        auto rows = zone_.at(owner);
        rows.erase(std::remove_if(rows.begin(), rows.end(), [](Row const& r) { return r.origin != Origin::written; }),
                   rows.end());
        return rows;
    }

    void check_apex()
    {
        if (zone_.at("", type::soa).size() != 1)
            refuse({"", type::soa, {}, 0, {}}, zone_.head().name, "a zone has exactly one SOA record");
        if (zone_.at("", type::ns).empty())
            refuse({"", type::ns, {}, 0, {}}, zone_.head().name, "a zone needs at least one NS record",
                   "add the new name server before you delete the old one");
    }

    void check_name(std::string const& owner)
    {
        auto const rows = at(owner);
        if (!rows.empty()) {
            check_alone(owner, rows);
            check_cut(owner, rows);
            check_below(owner, rows);
        }
        for (auto const& row : rows) check_reference(row);
        for (auto const& row : zone_.pointing_at(name_of(owner)))
            if (touched_.count(row.owner) == 0) check_reference(row);
    }

    void check_alone(std::string const& owner, std::vector<Row> const& rows)
    {
        auto const count = [&](std::uint16_t type) {
            return std::count_if(rows.begin(), rows.end(), [&](Row const& row) { return row.type == type; });
        };
        auto const aliases = count(type::cname);
        if (aliases > 1)
            refuse(rows.back(), show_name(name_of(owner)), "a name can have one CNAME only",
                   "delete the old one first");
        if (aliases == 1 && rows.size() > 1)
            refuse(rows.back(), show_name(name_of(owner)), "a name with a CNAME can have no other records",
                   "delete one of the two first");
        if (count(type::dname) > 1)
            refuse(rows.back(), show_name(name_of(owner)), "a name can have one DNAME only",
                   "delete the old one first");
        if (count(type::dname) > 0 && !owner.empty() && count(type::ns) > 0)
            refuse(rows.back(), show_name(name_of(owner)), "a name cannot have both DNAME and NS records",
                   "delete one of the two first");
        for (auto const& row : rows)
            if (row.type == type::ds && count(type::ns) == 0)
                refuse(row, "a DS record stands beside the NS records of a delegation only",
                       "add the NS record first");
    }

    /// A new delegation or DNAME takes all names below it away.
    void check_cut(std::string const& owner, std::vector<Row> const& rows)
    {
        for (auto const& row : rows) {
            bool const delegates = row.type == type::ns && !owner.empty();
            if (!delegates && row.type != type::dname) continue;
            auto const below = zone_.first_below(owner, delegates);
            if (!below) return;
            if (delegates)
                refuse(row, show(*below),
                       "this name belongs to another name server, because an NS record stands above it",
                       "enter the record there, or delete the NS record");
            else
                refuse(row, show(*below), "this name does not count, because a DNAME record stands above it",
                       "delete this record or the DNAME record");
            return;
        }
    }

    void check_below(std::string const& owner, std::vector<Row> const& rows)
    {
        auto const above = look_above(owner);
        for (auto const& row : rows) {
            if (above.below_dname)
                refuse(row, "this name does not count, because a DNAME record stands above it",
                       "delete this record or the DNAME record");
            bool const allowed = above.delegation.empty() || is_address(row) ||
                                 (owner == above.delegation && (row.type == type::ns || row.type == type::ds));
            if (!allowed)
                refuse(row, "this name belongs to another name server, because an NS record stands above it",
                       "enter the record there, or delete the NS record");
        }
    }

    /// Touched names come in order, so that their ancestors are mostly remembered.
    Above look_above(std::string const& owner)
    {
        if (auto const found = above_.find(owner); found != above_.end()) return found->second;
        Above above;
        if (!owner.empty()) {
            std::string const upper(parent_key(owner));
            above = look_above(upper);
            above.below_dname = above.below_dname || !zone_.at(upper, type::dname).empty();
            if (above.delegation.empty() && !zone_.at(owner, type::ns).empty()) above.delegation = owner;
        }
        if (above_.size() > most_remembered) above_.clear();
        above_.emplace(owner, above);
        return above;
    }

    void check_reference(Row const& row)
    {
        if (row.type != type::ns && row.type != type::mx && row.type != type::srv) return;
        auto const target = target_of(row.type, row.rdata);
        auto const& zone = zone_.head().wire_name;
        if (target.size() <= 1 || !is_below_or_same(target, zone)) return;
        auto const owner = zone_key(target, zone);
        if (!zone_.at(owner, type::cname).empty())
            return refuse(row, "it points to a name that is only another name (CNAME)",
                          "let it point to the name that has the address");
        if (row.type == type::srv) return;
        auto const above = look_above(owner);
        bool const is_childs = !above.delegation.empty() && above.delegation != row.owner; // its own servers know it
        if (is_childs || above.below_dname || has_address(owner)) return;
        if (row.type == type::ns && !above.delegation.empty())
            return refuse(row,
                          "the name server lies inside the name that it serves, so its address must stand here too",
                          "give that name an A record first");
        refuse(row, "the name it points to has no address in this zone",
               "give that name an A record first, or change this record first");
    }

    /// Wildcards included.
    bool has_address(std::string_view owner)
    {
        auto const any_address = [](std::vector<Row> const& rows) {
            return std::any_of(rows.begin(), rows.end(), is_address);
        };
        if (auto const own = at(owner); !own.empty()) return any_address(own);
        for (auto above = owner; !above.empty();) {
            above = parent_key(above);
            if (any_address(at(std::string(above) + std::string("*\0", 2)))) return true;
        }
        return false;
    }

    ZoneEdit& zone_;
    Touched const& touched_;
    std::size_t most_;
    std::map<std::string, Above, std::less<>> above_;
    std::vector<Fault> faults_;
};
} // namespace

std::vector<Fault> check_names(ZoneEdit& zone, Touched const& touched, std::size_t most)
{
    return Checker(zone, touched, most).run();
}

} // namespace dnsd
