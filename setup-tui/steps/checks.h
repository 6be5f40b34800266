#pragma once
// What makes a good answer. Each function gives the problem with a value, or nothing.

#include "setup-tui/steps/step.h"

namespace setup
{

/// One of `users`: "login:password:class" or "login:password:class:role"; class and role may be empty.
struct UserEntry {
    std::string login;
    std::string password;
    std::string class_name;
    std::string role;
};
/// Nothing when there are not three or four parts.
std::optional<UserEntry> parse_user(std::string_view text);

/// Without the password when it is empty: the wizard makes one.
std::optional<Problem> check_user(UserEntry const& user, Draft const& draft);

std::optional<Problem> check_school_name(std::string const& value, Draft const& draft);
std::optional<Problem> check_domain(std::string const& value, Draft const& draft);
std::optional<Problem> check_host_name(std::string const& value, Draft const& draft);
std::optional<Problem> check_interface(std::string const& value, Draft const& draft);
std::optional<Problem> check_network(std::string const& value, Draft const& draft);
std::optional<Problem> check_gateway(std::string const& value, Draft const& draft);
std::optional<Problem> check_forwarders(std::string const& value, Draft const& draft);
std::optional<Problem> check_service_address(std::string const& value, Draft const& draft);
std::optional<Problem> check_admin_password(std::string const& value, Draft const& draft);
std::optional<Problem> check_users(std::string const& value, Draft const& draft);
/// What a file needs besides: nobody makes passwords there.
std::optional<Problem> check_passwords_are_there(std::string const& users);
std::optional<Problem> check_smarthost(std::string const& value, Draft const& draft);
std::optional<Problem> check_clock(std::string const& value, Draft const& draft);
std::optional<Problem> check_one_line(std::string const& value, Draft const& draft);

/// Another network chosen on a computer whose network is not for setup to change.
std::optional<std::string_view> doubt_not_ours(std::string const& value, Draft const& draft);
/// An address outside the box's network: right when that service is elsewhere.
std::optional<std::string_view> doubt_elsewhere(std::string const& value, Draft const& draft);

} // namespace setup
