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

std::optional<Problem> check_school_name(std::string const& value, Draft const& draft);
std::optional<Problem> check_domain(std::string const& value, Draft const& draft);
std::optional<Problem> check_host_name(std::string const& value, Draft const& draft);
std::optional<Problem> check_network(std::string const& value, Draft const& draft);
std::optional<Problem> check_address(std::string const& value, Draft const& draft);
std::optional<Problem> check_gateway(std::string const& value, Draft const& draft);
std::optional<Problem> check_addresses(std::string const& value, Draft const& draft);
std::optional<Problem> check_admin_password(std::string const& value, Draft const& draft);
std::optional<Problem> check_users(std::string const& value, Draft const& draft);

} // namespace setup
