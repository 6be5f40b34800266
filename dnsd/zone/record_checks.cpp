// check_record: what can be said about one record without the others.

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_checks.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::uint32_t longest_ttl = 0x7FFFFFFF; // RFC 2181 section 8
constexpr base::ByteSet host_bytes = base::letters | base::digits | base::ByteSet("-");
constexpr auto host_rule = "a host name has letters, digits and hyphens only, and no hyphen at its ends";

std::string show(WireRecord const& record)
{
    auto const text = to_text(record);
    return text.owner + " " + text.type + " " + text.rdata;
}

bool is_address(std::uint16_t type) { return type == type::a || type == type::aaaa; }

std::string_view first_label(std::string_view name) { return name.substr(1, byte_at(name, 0)); }

/// RFC 1123 2.1: letters, digits and hyphens, no hyphen at either end of a label.
bool is_host_name(std::string_view name)
{
    if (starts_with_wildcard(name)) name = parent(name);
    for (; name.size() > 1; name = parent(name)) {
        auto const label = first_label(name);
        if (label.front() == '-' || label.back() == '-') return false;
        if (!std::all_of(label.begin(), label.end(), [](char c) { return host_bytes.contains(c); })) return false;
    }
    return true;
}

/// "192.168.10.3." and, where the dot was forgotten, "192.168.10.3.sch.id.".
bool begins_with_v4(std::string_view name)
{
    for (int i = 0; i < 4; ++i, name = parent(name))
        if (!base::parse_number(first_label(name), 255)) return false;
    return true;
}

bool is_reverse(std::string_view name)
{
    return is_below_or_same(name, must_wire_name("in-addr.arpa.")) ||
           is_below_or_same(name, must_wire_name("ip6.arpa."));
}

base::Result<void> check_owner(WireRecord const& record)
{
    if ((is_address(record.type) || record.type == type::mx) && !is_host_name(record.owner))
        return base::refused(show_name(record.owner), host_rule, "use a hyphen instead of an underscore or a blank");
    bool const is_cut = record.type == type::ns || record.type == type::dname || record.type == type::ds;
    if (is_cut && starts_with_wildcard(record.owner))
        return base::refused(show(record), "records of this type cannot stand at a name with *",
                             "write the names one by one");
    return {};
}

/// RFC 2782, RFC 6698: _service._protocol.name.
base::Result<void> check_service_name(WireRecord const& record)
{
    if (record.type != type::srv && record.type != type::tlsa) return {};
    std::string_view name = record.owner;
    bool good = true;
    for (int i = 0; i < 2; ++i, name = parent(name)) {
        auto const label = name.size() > 1 ? first_label(name) : std::string_view();
        good = good && (label.starts_with('_') || (i == 0 && label == "*"));
    }
    if (good) return {};
    return base::refused(show(record), "the name begins with service and protocol, each with an underscore",
                         record.type == type::srv ? "write for example: _imaps._tcp SRV 0 1 993 mail"
                                                  : "write for example: _25._tcp.mail TLSA 3 1 1 0123...");
}

base::Result<void> check_target(WireRecord const& record)
{
    bool const points =
        record.type == type::ns || record.type == type::mx || record.type == type::srv || record.type == type::ptr;
    bool const is_service_pointer = record.type == type::ptr && !is_reverse(record.owner); // RFC 6763: any name
    if (!points || is_service_pointer) return {};
    auto const target = target_of(record.type, record.rdata);
    if (target.empty()) return {};
    if (target == std::string_view("\0", 1)) {
        if (record.type == type::mx || record.type == type::srv) return {}; // RFC 7505: there is none
        return base::refused(show(record), "a name is missing");
    }
    if (begins_with_v4(target))
        return base::refused(show(record), "an address stands where a name is needed",
                             "give the host a name with an A record, and write that name");
    if (!is_host_name(target)) return base::refused(show_name(target), host_rule);
    return {};
}
} // namespace

bool is_made_by_signing(std::uint16_t type)
{
    constexpr std::uint16_t made[] = {type::rrsig,  type::nsec, type::nsec3,   type::nsec3param,
                                      type::dnskey, type::cds,  type::cdnskey, type::zonemd};
    return std::find(std::begin(made), std::end(made), type) != std::end(made);
}

base::Result<void> check_record(WireRecord const& record, std::string_view zone)
{
    if (!is_below_or_same(record.owner, zone))
        return base::refused(show_name(record.owner), "the name is outside the zone",
                             "write the short name without a dot at its end, or choose the right zone");
    if (is_made_by_signing(record.type))
        return base::refused(show(record), "records of this type are made by the server itself");
    if (is_question_type(record.type))
        return base::refused(show(record), "this type stands in questions only, not in a zone");
    if (record.type == type::soa && record.owner != zone)
        return base::refused(show(record), "an SOA record belongs to the zone's own name only",
                             "make a zone of its own for it");
    if (record.type == type::ds && record.owner == zone)
        return base::refused(show(record), "a DS record stands in the zone above, beside its NS records",
                             "enter it there");
    if (record.ttl > longest_ttl && record.ttl != no_ttl)
        return base::refused(show(record), "the time to live must be from 0 to 2147483647 seconds",
                             "3600 is one hour");
    if (auto owner = check_owner(record); !owner) return owner;
    if (auto service = check_service_name(record); !service) return service;
    return check_target(record);
}

} // namespace dnsd
