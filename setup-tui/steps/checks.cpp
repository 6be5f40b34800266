#include "setup-tui/steps/checks.h"

#include "appliance/base/text.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/password.h"
#include "appliance/net/address.h"

#include <set>

namespace setup
{

namespace
{
constexpr std::size_t longest_school_name = 120;
constexpr std::size_t longest_domain = 200; // leaves room for host names below it (RFC 1035: 253 in all)
constexpr std::size_t longest_label = 63;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// RFC 1123 2.1: letters, digits and inner hyphens.
bool is_host_label(std::string_view label)
{
    if (label.empty() || label.size() > longest_label) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    for (char const c : label)
        if (!is_letter_or_digit(c) && c != '-') return false;
    return true;
}

bool is_host_name(std::string_view name, std::size_t least_labels)
{
    auto const labels = base::split(name, '.');
    if (labels.size() < least_labels || name.size() > longest_domain) return false;
    for (auto const label : labels)
        if (!is_host_label(label)) return false;
    return true;
}

/// The last label of a name is never a number: 192.168.10.1 is an address, not a domain.
bool ends_in_number(std::string_view name) { return base::parse_number(base::split(name, '.').back()).has_value(); }

bool has_control_characters(std::string_view text)
{
    for (char const c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return true;
    return false;
}

bool is_lab(Draft const& draft) { return draft.value("lab") == "yes"; }

std::optional<Problem> check_user(UserEntry const& user, Draft const& draft)
{
    if (!directory::is_valid_login(user.login))
        return Problem{"a login has 1 to 64 of the letters a-z, digits, dot, hyphen and underscore, and starts and "
                       "ends with a letter or digit",
                       "correct the login"};
    if (user.login == "admin")
        return Problem{"the login admin is the administrator's; it is made from admin.password",
                       "remove it from the list of users"};
    if (!directory::check_password(user.password, user.login, is_lab(draft)))
        return Problem{"the password of a user is too easy to guess",
                       "use at least 8 characters, not the login and not a common word; or choose practice mode (lab "
                       "= yes) for a class that only practises"};
    if (!user.class_name.empty() && !directory::is_valid_login(base::lower(user.class_name)))
        return Problem{"the name of a class is also a mail address: letters, digits, dot, hyphen and underscore only",
                       "correct the class, for example X-TKJ-1"};
    if (!user.role.empty() && !directory::parse_role(user.role))
        return Problem{"there is no such role", "choose pupil, teacher, staff, head or admin"};
    return std::nullopt;
}
} // namespace

std::optional<UserEntry> parse_user(std::string_view text)
{
    auto const parts = base::split(text, ':');
    if (parts.size() < 3 || parts.size() > 4) return std::nullopt;
    UserEntry user;
    user.login = base::trim(parts[0]);
    user.password = base::trim(parts[1]);
    user.class_name = base::trim(parts[2]);
    if (parts.size() == 4) user.role = base::trim(parts[3]);
    return user;
}

std::optional<Problem> check_school_name(std::string const& value, Draft const&)
{
    if (value.size() <= longest_school_name && !has_control_characters(value)) return std::nullopt;
    return Problem{"the name of the school is longer than 120 bytes or has control characters in it",
                   "write a shorter name in ordinary letters"};
}

std::optional<Problem> check_domain(std::string const& value, Draft const&)
{
    if (is_host_name(value, 2) && !ends_in_number(value)) return std::nullopt;
    return Problem{"this is not a domain name",
                   "write letters, digits, hyphens and dots, like smkn1pendalian.sch.id"};
}

std::optional<Problem> check_host_name(std::string const& value, Draft const&)
{
    if (is_host_name(value, 1) && !ends_in_number(value)) return std::nullopt;
    return Problem{"this is not a host name", "write a name like mail.smkn1pendalian.sch.id, or leave it out"};
}

std::optional<Problem> check_network(std::string const& value, Draft const&)
{
    auto const slash = value.find('/');
    auto const network = net::Network::parse(value);
    auto const address = net::IpAddress::parse(value.substr(0, slash));
    if (slash != std::string::npos && network && address) return std::nullopt;
    return Problem{"this is not an address with a prefix length",
                   "write the box's address and its network's prefix, like 192.168.10.1/24"};
}

std::optional<Problem> check_address(std::string const& value, Draft const&)
{
    if (net::IpAddress::parse(value)) return std::nullopt;
    return Problem{"this is not an IP address", "write an address like 192.168.10.3"};
}

std::optional<Problem> check_gateway(std::string const& value, Draft const& draft)
{
    auto const gateway = net::IpAddress::parse(value);
    if (!gateway) return check_address(value, draft);
    auto const network = net::Network::parse(draft.value("address"));
    if (!network || network->contains(*gateway)) return std::nullopt;
    return Problem{"the gateway is not in the box's own network",
                   "write the router's address in the same network as 'address', or leave it out"};
}

std::optional<Problem> check_addresses(std::string const& value, Draft const&)
{
    for (auto const& part : base::split_list(value))
        if (!net::IpAddress::parse(part))
            return Problem{"one of these is not an IP address",
                           "write addresses separated by commas, like 1.1.1.1, 9.9.9.9"};
    return std::nullopt;
}

std::optional<Problem> check_admin_password(std::string const& value, Draft const& draft)
{
    if (directory::check_password(value, "admin", is_lab(draft))) return std::nullopt;
    return Problem{"the administrator's password is too easy to guess",
                   "use at least 8 characters, not the login and not a common word; or choose practice mode (lab = "
                   "yes) for a class that only practises"};
}

std::optional<Problem> check_users(std::string const& value, Draft const& draft)
{
    std::set<std::string> logins;
    for (auto const& part : base::split_list(value)) {
        auto const user = parse_user(part);
        if (!user)
            return Problem{"a user is written as login:password:class, with commas between users",
                           "write for example ali:secret-word:X-TKJ-1; the class may be empty, a role may follow it"};
        if (auto const problem = check_user(*user, draft)) return problem;
        if (!logins.insert(user->login).second)
            return Problem{"the same login is in the list twice", "give every user a login of their own"};
    }
    return std::nullopt;
}

} // namespace setup
