#include "setup-tui/steps/checks.h"

#include "appliance/base/text.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/password.h"
#include "appliance/net/address.h"
#include "dnsd/zone/forwarder_setting.h"
#include "setup-tui/apply/clock.h"

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

/// Whether a computer can have the address in this network: not the network's own, not its broadcast (RFC
/// 1122 3.2.1.3; networks of one or two addresses have neither, RFC 3021).
enum class Place { good, network, broadcast };
Place place_in(net::Network const& network, net::IpAddress const& address)
{
    constexpr unsigned all_bits = 128;
    if (!address.is_v4() || !network.contains(address) || network.prefix + 2 > all_bits) return Place::good;
    bool zeros = true, ones = true;
    for (unsigned bit = network.prefix; bit < all_bits; ++bit) {
        bool const is_set = (address.bytes()[bit / 8] >> (7 - bit % 8) & 1U) != 0;
        zeros = zeros && !is_set;
        ones = ones && is_set;
    }
    return zeros ? Place::network : ones ? Place::broadcast : Place::good;
}

std::optional<Problem> problem_of(Place place)
{
    switch (place) {
    case Place::network:
        return Problem{"this is the address of the network itself; no computer can have it",
                       "take a higher number, like 192.168.10.1"};
    case Place::broadcast:
        return Problem{"this is the broadcast address, which means all computers of the network",
                       "take a lower number, like 192.168.10.1"};
    case Place::good: break;
    }
    return std::nullopt;
}

/// 0.0.0.0/8, 127.0.0.0/8, and everything from 224.0.0.0 up: no computer on a network has one of these.
bool is_for_no_host(net::IpAddress const& address)
{
    if (!address.is_v4()) return address.is_loopback() || address.bytes()[0] == 0xff;
    auto const first = address.bytes()[12];
    return first == 0 || first == 127 || first >= 224;
}

std::optional<net::Network> own_network(Draft const& draft) { return net::Network::parse(draft.value("address")); }

std::optional<Problem> check_address(std::string const& value)
{
    auto const address = net::IpAddress::parse(value);
    if (!address) return Problem{"this is not an IP address", "write an address like 192.168.10.3"};
    if (is_for_no_host(*address))
        return Problem{"no computer on a network can have this address", "write an address like 192.168.10.3"};
    return std::nullopt;
}
} // namespace

std::optional<Problem> check_user(UserEntry const& user, Draft const& draft)
{
    if (!directory::is_valid_login(user.login))
        return Problem{"a login has 1 to 64 of the letters a-z, digits, dot, hyphen and underscore, and starts and "
                       "ends with a letter or digit",
                       "correct the login"};
    if (user.login == "admin")
        return Problem{"the login admin is the administrator's; it is made from admin.password",
                       "remove it from the list of users"};
    if (!user.password.empty() && !directory::check_password(user.password, user.login, is_lab(draft)))
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

std::optional<Problem> check_domain(std::string const& value, Draft const& draft)
{
    constexpr std::string_view like = "write for example smkn1pendalian.sch.id";
    if (auto const there = draft.value("now.domain"); !there.empty() && !base::equal_ignoring_case(value, there))
        return Problem{"the school is there already; another domain would orphan its mail",
                       "keep the domain that it has"};
    if (value.find(' ') != std::string::npos) return Problem{"a domain has no blanks in it", like};
    if (!base::is_ascii(value))
        return Problem{"a domain has only the letters a to z, digits, hyphens and dots", like};
    if (value.size() > longest_domain) return Problem{"this domain is too long", like};
    if (value.find('.') == std::string::npos)
        return Problem{"a domain has at least two parts with a dot between them", like};
    if (net::IpAddress::parse(value)) return Problem{"this is an address, not a domain", like};
    if (is_host_name(value, 2) && !ends_in_number(value)) return std::nullopt;
    return Problem{"this is not a domain name",
                   "write letters, digits, hyphens and dots, like smkn1pendalian.sch.id"};
}

std::optional<Problem> check_host_name(std::string const& value, Draft const&)
{
    constexpr std::string_view like = "write a name like mail.smkn1pendalian.sch.id";
    if (value.find(' ') != std::string::npos) return Problem{"the name of a computer has no blanks in it", like};
    if (!base::is_ascii(value))
        return Problem{"the name of a computer has only the letters a to z, digits, hyphens and dots", like};
    if (is_host_name(value, 1) && !ends_in_number(value)) return std::nullopt;
    return Problem{"this is not a host name", "write a name like mail.smkn1pendalian.sch.id, or leave it out"};
}

std::optional<Problem> check_interface(std::string const& value, Draft const&)
{
    constexpr std::size_t longest = 15; // IFNAMSIZ with its end
    bool const is_good = value.size() <= longest && value.find_first_of(" \t/:[]*\"") == std::string::npos;
    if (is_good && base::is_ascii(value) && !has_control_characters(value)) return std::nullopt;
    return Problem{"this is not the name of a network interface", "write a name like eth0; 'ip link' lists them"};
}

std::optional<Problem> check_network(std::string const& value, Draft const&)
{
    auto const slash = value.find('/');
    auto const network = net::Network::parse(value);
    auto const address = net::IpAddress::parse(value.substr(0, slash));
    if (address && slash == std::string::npos)
        return Problem{"the prefix is missing: how many bits are the network",
                       "write it after a slash, like 192.168.10.1/24"};
    if (!network || !address)
        return Problem{"this is not an address with a prefix length",
                       "write the box's address and its network's prefix, like 192.168.10.1/24"};
    if (is_for_no_host(*address))
        return Problem{"no computer on a network can have this address", "write an address like 192.168.10.1/24"};
    return problem_of(place_in({*address, network->prefix}, *address));
}

std::optional<Problem> check_gateway(std::string const& value, Draft const& draft)
{
    if (auto const problem = check_address(value)) return problem;
    auto const gateway = net::IpAddress::parse(value);
    auto const network = own_network(draft);
    if (!network) return std::nullopt;
    if (!network->contains(*gateway))
        return Problem{"the gateway is not in the box's own network",
                       "write the router's address in the same network as 'address', or leave it out"};
    if (value == draft.value("address").substr(0, draft.value("address").find('/')))
        return Problem{"this is the box's own address", "write the router's address, or leave it empty"};
    return problem_of(place_in(*network, *gateway));
}

std::optional<Problem> check_service_address(std::string const& value, Draft const& draft)
{
    if (auto const problem = check_address(value)) return problem;
    auto const network = own_network(draft);
    return network ? problem_of(place_in(*network, *net::IpAddress::parse(value))) : std::nullopt;
}

std::optional<std::string_view> doubt_not_ours(std::string const& value, Draft const& draft)
{
    if (value == "keep" || draft.value("now.is_ours") == "yes") return std::nullopt;
    return "This computer's network is set elsewhere: set the address below there too. Nothing is changed by this "
           "program.";
}

std::optional<std::string_view> doubt_elsewhere(std::string const& value, Draft const& draft)
{
    auto const address = net::IpAddress::parse(value);
    auto const network = own_network(draft);
    if (!address || !network || network->contains(*address)) return std::nullopt;
    return "This is outside the box's network: right only if another server elsewhere has it.";
}

std::optional<Problem> check_forwarders(std::string const& value, Draft const& draft)
{
    auto const parts = base::split_list(value);
    if (parts.size() > dnsd::most_forwarders)
        return Problem{"more than 8 servers are of no use", "keep the best ones"};
    auto const own = draft.value("address");
    std::set<std::string> seen;
    for (auto const& part : parts) {
        auto const address = net::IpAddress::parse(part);
        if (!address)
            return Problem{"one of these is not an IP address",
                           "write addresses separated by commas, like 1.1.1.1, 9.9.9.9"};
        if (!seen.insert(part).second) return Problem{"the same server is there twice", "keep one of them"};
        if (part == own.substr(0, own.find('/')) || address->is_loopback())
            return Problem{"the box cannot ask itself",
                           "write the provider's servers, or 1.1.1.1, 9.9.9.9, or leave it empty"};
    }
    return std::nullopt;
}

std::optional<Problem> check_clock(std::string const& value, Draft const&)
{
    if (parse_clock(value)) return std::nullopt;
    return Problem{"this is no date and time", "write it like 2026-11-29 07:30"};
}

std::optional<Problem> check_one_line(std::string const& value, Draft const&)
{
    constexpr std::size_t longest = 200;
    if (value.size() <= longest && !has_control_characters(value)) return std::nullopt;
    return Problem{"this is longer than 200 bytes or has control characters in it", "write it as the provider says"};
}

std::optional<Problem> check_smarthost(std::string const& value, Draft const&)
{
    constexpr std::uint64_t highest_port = 65535;
    auto const colon = value.find(':');
    auto const host = value.substr(0, colon);
    bool const has_port = colon != std::string::npos;
    auto const port =
        has_port ? base::parse_number(value.substr(colon + 1), highest_port) : std::optional<std::uint64_t>(587);
    bool const is_name = is_host_name(host, 2) && !ends_in_number(host);
    if ((is_name || net::IpAddress::parse(host)) && port && *port > 0) return std::nullopt;
    return Problem{"this is not the name of a server", "write it like mail.provider.id or mail.provider.id:465"};
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

std::optional<Problem> check_passwords_are_there(std::string const& users)
{
    for (auto const& part : base::split_list(users))
        if (auto const user = parse_user(part); user && user->password.empty())
            return Problem{"the password of a user is missing", "write login:password:class"};
    return std::nullopt;
}

} // namespace setup
