#pragma once
// The forms about one user. Each gives the sentence to show afterwards, or nothing when given up.

#include "setup-tui/admin/desk.h"

namespace setup
{

std::optional<std::string> add_user(Desk& desk);
/// Name, class, role, quota. Refused when somebody else changes the same user meanwhile; what was typed stays.
std::optional<std::string> edit_user(Desk& desk, directory::User const& user);
std::optional<std::string> change_password(Desk& desk, directory::User const& user);
/// Asks what becomes of the mail, then once more.
std::optional<std::string> delete_user(Desk& desk, directory::User const& user);

/// "1 GB", or "no limit".
std::string quota_text(Desk const& desk, std::uint64_t quota);

} // namespace setup
