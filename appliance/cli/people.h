#pragma once
// What the commands user and class share: showing people, and the import of a table of them.

#include "appliance/cli/command.h"
#include "appliance/cli/output.h"
#include "appliance/directory/directory.h"

namespace cli
{

Json json_of(directory::User const& user);
std::string show_quota(Session& session, std::uint64_t quota);
/// As a table, or as JSON with --json.
void print_users(Session& session, std::vector<directory::User> const& users, Arguments const& arguments);

/// Throws base::Failure (refused) when there is none.
directory::User must_find_user(Session& session, std::string const& login);

/// `kotakpos user vacation LOGIN [off]`, `kotakpos user filters LOGIN`.
int user_vacation(Session& session, Arguments const& arguments);
int user_filters(Session& session, Arguments const& arguments);

/// `kotakpos user import FILE.csv [--dry-run]`.
int import_users(Session& session, Arguments const& arguments);

} // namespace cli
