#include "maild/mailbox/names.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
bool is_level(std::string_view level) { return !level.empty() && level.size() <= name_level_bytes_max; }

bool is_refused_byte(char c)
{
    auto const byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F || c == '*' || c == '%';
}
} // namespace

std::optional<std::string> canonical_name(std::string_view name)
{
    if (name.empty() || name.size() > name_bytes_max || name.front() == '#') return std::nullopt;
    if (std::any_of(name.begin(), name.end(), is_refused_byte) || !base::is_utf8(name)) return std::nullopt;
    auto const levels = base::split(name, '/');
    if (levels.size() > name_levels_max || !std::all_of(levels.begin(), levels.end(), is_level)) return std::nullopt;
    std::string canonical(name);
    if (base::equal_ignoring_case(levels.front(), "INBOX")) canonical.replace(0, 5, "INBOX");
    return canonical;
}

std::optional<std::string> subscribed_name(std::string_view name)
{
    if (!name.starts_with('#')) return canonical_name(name);
    auto const rest = canonical_name(name.substr(1));
    return rest ? std::optional("#" + *rest) : std::nullopt;
}

std::vector<std::string> superiors(std::string_view name)
{
    std::vector<std::string> found;
    for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1))
        found.emplace_back(name.substr(0, slash));
    return found;
}

} // namespace maild::mailbox
