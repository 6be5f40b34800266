#include "dnsd/zone/zone_checks.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::uint32_t longest_ttl = 0x7FFFFFFF; // RFC 2181 section 8
constexpr base::ByteSet host_bytes = base::letters | base::digits | base::ByteSet("-");

/// Made by the server itself, or no data at all.
constexpr std::string_view not_entered[] = {"RRSIG", "NSEC",  "NSEC3", "NSEC3PARAM", "DNSKEY", "CDNSKEY",
                                            "CDS",   "TSIG",  "TKEY",  "OPT",        "ANY",    "AXFR",
                                            "IXFR",  "MAILA", "MAILB", "ZONEMD"};

std::string show(Record const& record) { return record.owner + " " + record.type + " " + record.rdata; }

bool is_address(Record const& record) { return record.type == "A" || record.type == "AAAA"; }

/// RFC 1123 2.1: letters, digits and hyphens, no hyphen at either end of a label.
bool is_host_name(std::string_view name)
{
    if (name == ".") return true;
    if (is_wildcard(name)) name.remove_prefix(2);
    if (name.empty() || name.back() != '.') return false;
    name.remove_suffix(1);
    for (auto const& label : base::split(name, '.')) {
        if (label.empty() || label.front() == '-' || label.back() == '-') return false;
        if (!std::all_of(label.begin(), label.end(), [](char c) { return host_bytes.contains(c); })) return false;
    }
    return true;
}

/// "192.168.10.3." and, where the dot was forgotten, "192.168.10.3.sch.id.".
bool begins_with_v4(std::string_view name)
{
    auto const labels = base::split(name, '.');
    if (labels.size() < 5) return false;
    auto const is_octet = [](std::string_view label) { return base::parse_number(label, 255).has_value(); };
    return std::all_of(labels.begin(), labels.begin() + 4, is_octet);
}

base::Result<void> check_host_names(Record const& record)
{
    constexpr auto allowed = "a host name has letters, digits and hyphens only, and no hyphen at its ends";
    if ((is_address(record) || record.type == "MX") && !is_host_name(record.owner))
        return base::refused(record.owner, allowed, "use a hyphen instead of an underscore or a blank");
    bool const points = record.type == "NS" || record.type == "MX" || record.type == "SRV" || record.type == "PTR";
    bool const is_service_pointer = record.type == "PTR" && !is_reverse_name(record.owner); // RFC 6763: any name
    if (!points || is_service_pointer) return {};
    auto const target = target_name(record);
    if (begins_with_v4(target))
        return base::refused(show(record), "an address stands where a name is needed",
                             "give the host a name with an A record, and write that name");
    if (!is_host_name(target)) return base::refused(target, allowed);
    if (target == "." && (record.type == "NS" || record.type == "PTR"))
        return base::refused(show(record), "a name is missing");
    return {};
}

/// The answer to "does this name of the zone have an address?", wildcards included.
bool has_address(ZoneView const& view, std::string const& name)
{
    auto const any_address = [](std::vector<Record> const& records) {
        return std::any_of(records.begin(), records.end(), is_address);
    };
    auto const own = view.at(name);
    if (!own.empty()) return any_address(own);
    for (std::string_view rest = name; rest.size() > view.zone.size();) {
        rest.remove_prefix(rest.find('.') + 1);
        if (any_address(view.at("*." + std::string(rest)))) return true;
    }
    return false;
}

/// The name of the delegation (NS below the zone's own name) at or above `name`; empty for none.
std::string delegation_of(ZoneView const& view, std::string_view name)
{
    std::string found;
    for (auto const& record : view.references)
        if (record.type == "NS" && record.owner != view.zone && is_in_zone(name, record.owner) &&
            record.owner.size() > found.size())
            found = record.owner;
    return found;
}

base::Result<void> check_reference(ZoneView const& view, Record const& record)
{
    auto const target = target_name(record);
    if (!is_in_zone(target, view.zone) || target == ".") return {};
    for (auto const& other : view.at(target))
        if (other.type == "CNAME")
            return base::refused(show(record), "it points to a name that is only another name (CNAME)",
                                 "let it point to the name that has the address");
    auto const delegation = delegation_of(view, target);
    bool const is_childs = !delegation.empty() && delegation != record.owner; // the child's own servers know it
    if (!is_childs && !has_address(view, target))
        return base::refused(show(record), "the name it points to has no address in this zone",
                             "give that name an A record first, or change this record first");
    return {};
}

base::Result<void> check_alone(std::string const& name, std::vector<Record> const& records)
{
    auto const cnames =
        std::count_if(records.begin(), records.end(), [](Record const& r) { return r.type == "CNAME"; });
    if (cnames > 1) return base::refused(name, "a name can have one CNAME only", "delete the old one first");
    if (cnames == 1 && records.size() > 1)
        return base::refused(name, "a name with a CNAME can have no other records", "delete one of the two first");
    return {};
}

base::Result<void> check_apex(std::string const& name, std::vector<Record> const& records)
{
    auto const count = [&](std::string_view type) {
        return std::count_if(records.begin(), records.end(), [&](Record const& r) { return r.type == type; });
    };
    if (count("SOA") != 1) return base::refused(name, "a zone has exactly one SOA record");
    if (count("NS") == 0)
        return base::refused(name, "a zone needs at least one NS record",
                             "add the new name server before you delete the old one");
    return {};
}

base::Result<void> check_below_delegation(ZoneView const& view, std::string const& name,
                                          std::vector<Record> const& records)
{
    auto const delegation = delegation_of(view, name);
    if (delegation.empty()) return {};
    for (auto const& record : records) {
        bool const allowed =
            is_address(record) || (name == delegation && (record.type == "NS" || record.type == "DS"));
        if (!allowed)
            return base::refused(show(record),
                                 "this name belongs to another name server, because an NS record stands above it",
                                 "enter the record there, or delete the NS record");
    }
    return {};
}
} // namespace

std::string target_name(Record const& record)
{
    auto const space = record.rdata.rfind(' ');
    return base::lower(space == std::string::npos ? record.rdata : record.rdata.substr(space + 1));
}

base::Result<void> check_record(Record const& record, std::string_view zone)
{
    auto const name = absolute_name(record.owner, "");
    if (!name) return name.error();
    if (*name != record.owner) return base::refused(record.owner, "the name is not written in its plain form");
    if (!is_in_zone(record.owner, zone))
        return base::refused(record.owner, "the name is outside the zone",
                             "write the short name without a dot at its end, or choose the right zone");
    for (auto const& type : not_entered)
        if (record.type == type)
            return base::refused(show(record), "records of this type are made by the server itself");
    if (record.type == "DNAME")
        return base::refused(show(record), "DNAME records are not served yet", "use a CNAME for each name");
    if (record.type == "SOA" && record.owner != zone)
        return base::refused(show(record), "an SOA record belongs to the zone's own name only",
                             "make a zone of its own for it");
    if (record.ttl > longest_ttl)
        return base::refused(show(record), "the time to live must be from 0 to 2147483647 seconds",
                             "3600 is one hour");
    if (!to_wire(record)) return base::refused(show(record), "the data does not fit the type");
    return check_host_names(record);
}

base::Result<void> check_names(ZoneView const& view, std::set<std::string> const& touched)
{
    for (auto const& name : touched) {
        auto const records = view.at(name);
        if (auto alone = check_alone(name, records); !alone) return alone;
        if (auto below = check_below_delegation(view, name, records); !below) return below;
    }
    if (auto apex = check_apex(view.zone, view.at(view.zone)); !apex) return apex;
    for (auto const& reference : view.references) {
        bool const concerned = touched.count(reference.owner) > 0 || touched.count(target_name(reference)) > 0;
        if (!concerned) continue;
        if (auto checked = check_reference(view, reference); !checked) return checked;
    }
    return {};
}

} // namespace dnsd
