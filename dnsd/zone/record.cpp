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

/// The last dot ends the name, and is not part of its last label ("a\\.").
bool ends_with_dot(std::string_view word)
{
    if (!word.ends_with('.')) return false;
    word.remove_suffix(1);
    std::size_t backslashes = 0;
    for (; word.ends_with('\\'); word.remove_suffix(1)) ++backslashes;
    return backslashes % 2 == 0;
}
} // namespace

std::string Record::line() const { return owner + " " + std::to_string(ttl) + " IN " + type + " " + rdata; }

base::Result<std::string> read_name(std::string_view word, std::string_view origin)
{
    if (word == "@") return std::string(origin);
    if (!base::is_ascii(word))
        return base::refused(std::string(word), "only the letters a to z, digits and hyphens may be used in a name");
    auto name = wire_name(word);
    if (name.fault != NameFault::none) return refuse_name(word, name.fault);
    if (ends_with_dot(word)) return std::move(name.wire);
    name.wire.pop_back(); // the root's octet
    name.wire += origin;
    if (name.wire.size() > longest_name) return refuse_name(word, NameFault::too_long);
    return std::move(name.wire);
}

base::Result<std::string> absolute_name(std::string_view name, std::string_view zone)
{
    name = base::trim(name);
    if (zone.empty() && name == "@") return refuse_name(name, NameFault::empty);
    auto const wire = read_name(name, must_wire_name(zone.empty() ? "." : zone));
    return wire ? base::Result<std::string>(show_name(*wire)) : wire.error();
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

} // namespace dnsd
