#include "dnsd/zone/record.h"

#include "appliance/base/text.h"
#include "dnsd/zone/name.h"

namespace dnsd
{

namespace
{
base::Error refuse_name(std::string_view name, NameFault fault)
{
    std::string const what(name);
    switch (fault) {
    case NameFault::empty: return base::refused("DNS", "a name is missing", "write for example pc1");
    case NameFault::empty_label:
        return base::refused(what, "two dots stand next to each other, or the name begins with a dot",
                             "remove one dot");
    case NameFault::label_too_long:
        return base::refused(what, "a part between two dots is longer than 63 characters");
    case NameFault::too_long: return base::refused(what, "a name may have at most 253 characters");
    default:
        return base::refused(what, "after a backslash comes one character or a number of three digits up to 255");
    }
}
} // namespace

std::string Record::line() const { return owner + " " + std::to_string(ttl) + " IN " + type + " " + rdata; }

base::Result<std::string> absolute_name(std::string_view name, std::string_view zone)
{
    name = base::trim(name);
    if (name == "@" && !zone.empty()) return std::string(zone);
    std::string text(name);
    if (!base::is_ascii(name))
        return base::refused(text, "only the letters a to z, digits and hyphens may be used in a name");
    bool const is_absolute = !text.empty() && text.back() == '.' && !text.ends_with("\\.");
    if (!text.empty() && !is_absolute) text += zone.empty() || zone == "." ? "." : "." + std::string(zone);
    auto const wire = wire_name(text);
    if (wire.fault != NameFault::none) return refuse_name(name, wire.fault);
    return show_name(wire.wire);
}

bool is_in_zone(std::string_view name, std::string_view zone)
{
    if (zone == ".") return true;
    if (!name.ends_with(zone)) return false;
    return name.size() == zone.size() || name[name.size() - zone.size() - 1] == '.';
}

bool is_reverse_name(std::string_view name)
{
    return is_in_zone(name, "in-addr.arpa.") || is_in_zone(name, "ip6.arpa.");
}

bool is_wildcard(std::string_view name) { return name.starts_with("*."); }

} // namespace dnsd
