// What an UPDATE means to a zone: RFC 2136 sections 2.4, 2.5, 3.2 and 3.4.

#include "appliance/base/text.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/update.h"
#include "dnsd/zone/ldns_ptr.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_edit.h"
#include "dnsd/zone/zone_key.h"

#include <algorithm>
#include <map>
#include <set>

namespace dnsd
{

namespace
{
std::string key_of(ZoneEdit const& edit, MessageRecord const& record)
{
    return zone_key(record.owner, edit.head().wire_name);
}

/// What stands at a name, without what signing adds.
std::vector<Row> content(ZoneEdit& edit, std::string_view owner)
{
    auto rows = edit.at(owner);
    rows.erase(std::remove_if(rows.begin(), rows.end(), [](Row const& row) { return row.origin == Origin::signing; }),
               rows.end());
    return rows;
}

bool has_type(std::vector<Row> const& rows, std::uint16_t wanted)
{
    return std::any_of(rows.begin(), rows.end(), [&](Row const& row) { return row.type == wanted; });
}

/// Made by signing, or by us for another reason: nobody sends them.
bool is_ours_to_make(std::uint16_t wanted)
{
    constexpr std::uint16_t ours[] = {24, 25, 30, 46, 47, 48, 50, 51, 59, 60};
    return wanted == type::soa || std::find(std::begin(ours), std::end(ours), wanted) != std::end(ours);
}

/// Which types a key may change.
class Types
{
public:
    explicit Types(std::string_view list)
    {
        for (auto const& name : base::split_list(list)) {
            if (name == "*") all_ = true;
            auto const number = ldns_get_rr_type_by_name(std::string(name).c_str());
            if (number != 0) numbers_.insert(static_cast<std::uint16_t>(number));
        }
    }
    bool has(std::uint16_t wanted) const { return !is_ours_to_make(wanted) && (all_ || numbers_.contains(wanted)); }

private:
    std::set<std::uint16_t> numbers_;
    bool all_ = false;
};

bool is_allowed_name(std::string_view list, std::string_view owner, std::string const& zone)
{
    for (auto const& pattern : base::split_list(list)) {
        if (pattern == "*") return true;
        auto const wanted = name_of_pattern(pattern, zone);
        if (!wanted) continue;
        if (owner == *wanted || (pattern.starts_with("*.") && is_below_or_same(owner, *wanted))) return true;
    }
    return false;
}

unsigned check_exists(ZoneEdit& edit, MessageRecord const& record)
{
    auto const rows = content(edit, key_of(edit, record));
    bool const wants_none = record.klass == klass::none;
    if (record.type == type::any) {
        if (rows.empty() == wants_none) return rcode::no_error;
        return wants_none ? rcode::name_exists : rcode::name_error;
    }
    if (has_type(rows, record.type) != wants_none) return rcode::no_error;
    return wants_none ? rcode::set_exists : rcode::set_missing;
}

void erase_rows(ZoneEdit& edit, std::vector<Row> const& rows)
{
    for (auto const& row : rows)
        if (row.origin == Origin::written) edit.erase(row); // what follows from an address stays as long as that one
}

/// RFC 2136 3.4.2.3 and 3.4.2.4: SOA and the zone's own NS records stay.
void remove(ZoneEdit& edit, MessageRecord const& record)
{
    auto const owner = key_of(edit, record);
    auto rows = content(edit, owner);
    auto const stays = [&](Row const& row) {
        if (record.type != type::any && row.type != record.type) return true;
        if (record.klass == klass::none && row.rdata != record.rdata) return true;
        if (!owner.empty()) return false;
        if (row.type == type::soa) return true;
        if (row.type != type::ns) return false;
        return record.klass == klass::any || edit.at(owner, type::ns).size() == 1;
    };
    rows.erase(std::remove_if(rows.begin(), rows.end(), stays), rows.end());
    erase_rows(edit, rows);
}

/// RFC 2136 3.4.2.2: a CNAME and other data exclude each other, the one that was there wins.
void add(ZoneEdit& edit, MessageRecord const& record)
{
    auto const owner = key_of(edit, record);
    auto const rows = content(edit, owner);
    bool const has_cname = has_type(rows, type::cname);
    if (record.type == type::cname && !rows.empty() && !has_cname) return;
    if (record.type != type::cname && has_cname) return;
    for (auto const& row : rows) {
        if (row.type != record.type || row.rdata == record.rdata) continue;
        if (record.type == type::cname || record.type == type::dname)
            edit.erase(row);
        else if (row.ttl != record.ttl) { // one TTL for a record set (RFC 2181 5.2)
            auto other = row;
            other.ttl = record.ttl;
            edit.insert(other);
        }
    }
    edit.insert({owner, record.type, record.rdata, sound_ttl(record.ttl), Origin::written});
}

/// All types at the name that a deletion of everything would remove.
bool may_remove_all(ZoneEdit& edit, MessageRecord const& record, Types const& types)
{
    auto const rows = content(edit, key_of(edit, record));
    return std::all_of(rows.begin(), rows.end(), [&](Row const& row) {
        return row.origin != Origin::written || row.type == type::soa || types.has(row.type);
    });
}
} // namespace

std::optional<std::string> name_of_pattern(std::string_view pattern, std::string const& zone)
{
    if (pattern.starts_with("*.")) pattern.remove_prefix(2);
    if (pattern == "@") return zone;
    auto name =
        wire_name(pattern.ends_with('.') ? std::string(pattern) : std::string(pattern) + "." + show_name(zone));
    if (name.fault != NameFault::none || !is_below_or_same(name.wire, zone)) return std::nullopt;
    return std::move(name.wire);
}

unsigned check_prerequisites(ZoneEdit& edit, std::vector<MessageRecord> const& prerequisites)
{
    std::map<std::pair<std::string, std::uint16_t>, std::set<std::string>> sets;
    for (auto const& record : prerequisites) {
        if (record.klass == klass::in) {
            sets[{key_of(edit, record), record.type}].insert(record.rdata);
            continue;
        }
        if (auto const code = check_exists(edit, record)) return code;
    }
    for (auto const& [set, wanted] : sets) { // RFC 2136 3.2.3: the same data, no more and no less
        std::set<std::string> there;
        for (auto const& row : edit.at(set.first, set.second)) there.insert(row.rdata);
        if (there != wanted) return rcode::set_missing;
    }
    return rcode::no_error;
}

unsigned apply_changes(ZoneEdit& edit, std::vector<MessageRecord> const& changes, UpdateKey const& key)
{
    Types const types(key.types);
    for (auto const& record : changes) {
        bool const removes_all = record.klass == klass::any && record.type == type::any;
        bool const good_type = removes_all ? may_remove_all(edit, record, types) : types.has(record.type);
        if (!good_type || !is_allowed_name(key.names, record.owner, edit.head().wire_name)) return rcode::refused;
    }
    for (auto const& record : changes)
        if (record.klass == klass::in)
            add(edit, record);
        else
            remove(edit, record);
    return rcode::no_error;
}

} // namespace dnsd
