// The small rules of names, roles and lists.

#include "appliance/base/cursor.h"
#include "appliance/directory/directory.h"

#include <algorithm>

namespace directory
{

namespace
{
constexpr std::string_view role_names[] = {"pupil", "teacher", "staff", "head", "admin"};
constexpr std::string_view writers_names[] = {"everyone", "school", "teachers", "members", "named"};
constexpr std::string_view roles[] = {"postmaster", "abuse", "hostmaster", "webmaster", "mailer-daemon"};
constexpr std::size_t longest_login = 64; // RFC 5321 4.5.3.1.1: a local part

bool contains(std::vector<std::string> const& logins, std::string const& login)
{
    return std::find(logins.begin(), logins.end(), login) != logins.end();
}

bool is_among(std::vector<User> const& users, User const& user)
{
    return std::any_of(users.begin(), users.end(), [&](auto const& one) { return one.id == user.id; });
}
} // namespace

std::string_view show(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view text)
{
    for (std::size_t i = 0; i < std::size(role_names); ++i)
        if (role_names[i] == text) return static_cast<Role>(i);
    return std::nullopt;
}

std::string_view show(Writers writers) { return writers_names[static_cast<std::size_t>(writers)]; }

std::optional<Writers> parse_writers(std::string_view text)
{
    for (std::size_t i = 0; i < std::size(writers_names); ++i)
        if (writers_names[i] == text) return static_cast<Writers>(i);
    return std::nullopt;
}

bool is_role_name(std::string_view name)
{
    return std::find(std::begin(roles), std::end(roles), name) != std::end(roles);
}

bool may_write(Resolution const& meaning, std::optional<User> const& user)
{
    if (!meaning.list || meaning.list->writers == Writers::everyone) return true;
    if (!user) return false;
    if (contains(meaning.list->writers_named, user->login)) return true;
    bool const is_teacher = user->role != Role::pupil;
    switch (meaning.list->writers) {
    case Writers::everyone:
    case Writers::school: return true;
    case Writers::teachers: return is_teacher;
    case Writers::members: return is_teacher || is_among(meaning.users, *user);
    case Writers::named: break;
    }
    return false;
}

bool may_send_as(Resolution const& meaning, User const& user)
{
    if (meaning.is_caught) return false;
    if (!meaning.list)
        return meaning.users.size() == 1 && meaning.remote.empty() && meaning.users.front().id == user.id;
    if (contains(meaning.list->senders_named, user.login)) return true;
    return (meaning.list->is_alias || meaning.list->is_role) && is_among(meaning.users, user);
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
