#pragma once
// The administrator's screens: log in, see the users, add one, remove one.

#include "appliance/directory/directory.h"
#include "appliance/i18n/catalog.h"
#include "setup-tui/widgets/screen.h"

#include <string>
#include <vector>

namespace setup
{

/// What every admin screen needs. `lab`: practice mode.
struct Desk {
    Screen& screen;
    directory::Directory& people;
    std::string school_name;
    std::string language; ///< "id" or "en"; F2 changes it
    bool lab = false;

    std::string text(std::string_view id, std::vector<std::string> const& arguments = {}) const;
    /// The refusal as one line in the user's language.
    std::string show(base::Error const& error) const;
};

/// Asks for an administrator's login and password. False: given up, or too many wrong ones.
bool log_in(Desk& desk, std::string& login);

/// The list of users, until the administrator leaves. `own_login` cannot remove itself.
void manage_users(Desk& desk, std::string const& own_login);

/// The form for a new user. Gives the line to show afterwards, or nothing when given up.
std::optional<std::string> add_user(Desk& desk);
/// Asks, then removes. Gives the line to show afterwards.
std::optional<std::string> remove_user(Desk& desk, directory::User const& user);

/// The role in the catalogue's words ("pupil", "murid").
std::string role_text(Desk const& desk, directory::Role role);

} // namespace setup
