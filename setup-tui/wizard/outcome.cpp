#include "setup-tui/wizard/outcome.h"

#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "setup-tui/steps/checks.h"

namespace setup::wizard
{

std::vector<FirstPassword> make_passwords(Draft& draft, bool needs_admin)
{
    std::vector<FirstPassword> result;
    auto admin = draft.value("admin.password");
    bool const makes_admin = admin.empty() && needs_admin;
    if (makes_admin) admin = directory::generate_password();
    draft.set("admin.password", admin);
    if (!admin.empty()) result.push_back({"admin", admin, makes_admin});

    std::vector<std::string> users;
    for (auto const& part : base::split_list(draft.value("users"))) {
        auto user = parse_user(part);
        if (!user) continue;
        bool const is_made = user->password.empty();
        if (is_made) user->password = directory::generate_password();
        result.push_back({user->login, user->password, is_made});
        users.push_back(user->login + ":" + user->password + ":" + user->class_name +
                        (user->role.empty() ? "" : ":" + user->role));
    }
    draft.set("users", base::join(users, ", "));
    return result;
}

} // namespace setup::wizard
