// The small rules of names and roles.

#include "appliance/base/cursor.h"
#include "appliance/directory/directory.h"

namespace directory
{

namespace
{
constexpr std::string_view role_names[] = {"pupil", "teacher", "staff", "head", "admin"};
constexpr std::size_t longest_login = 64; // RFC 5321 4.5.3.1.1: a local part
} // namespace

std::string_view show(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view text)
{
    for (std::size_t i = 0; i < std::size(role_names); ++i)
        if (role_names[i] == text) return static_cast<Role>(i);
    return std::nullopt;
}

bool is_valid_login(std::string_view login)
{
    constexpr base::ByteSet ends = base::ByteSet::range('a', 'z') | base::digits;
    constexpr base::ByteSet inside = ends | base::ByteSet("._-");
    if (login.empty() || login.size() > longest_login) return false;
    if (!ends.contains(login.front()) || !ends.contains(login.back())) return false;
    for (char const c : login)
        if (!inside.contains(c)) return false;
    return login.find("..") == std::string_view::npos;
}

} // namespace directory
