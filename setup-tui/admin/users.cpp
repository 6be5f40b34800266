#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/user_form.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "Everybody with a mailbox. Type a few letters of a login, name, class or role to find somebody among thousands; "
    "two words must both fit.\n\nSomebody who has left the school for a while is switched off (F5): no login, no "
    "mail, "
    "and everything stays. Deleting (F8) is for good.\n\nA whole school comes from a table (F6): save it as CSV in "
    "the "
    "office program, with a first line like login,name,class,role,password,quota. Only login is needed.";

TableRow row_of(Desk const& desk, directory::User const& user)
{
    return {user.login,
            {user.login, user.name, user.class_name,
             desk.role(user.role) + (user.enabled ? "" : " " + desk.text("(off)")), quota_text(desk, user.quota)}};
}

std::string switch_user(Desk& desk, directory::User const& user)
{
    if (user.login == desk.login)
        throw base::Failure(
            base::refused(user.login, "you cannot switch yourself off", "let another administrator do it"));
    desk.people.set_enabled(user.login, !user.enabled).value();
    return desk.text(user.enabled ? "User {1} can no longer log in and gets no mail." : "User {1} can log in again.",
                     {user.login});
}
} // namespace

void manage_users(Desk& desk)
{
    std::vector<directory::User> users;
    auto const now = [&](std::size_t row) {
        auto user = desk.people.find_user(users[row].login); // as it is now, not as the list was read
        if (!user)
            throw base::Failure(base::refused(users[row].login, "somebody else has deleted this user in the meantime",
                                              "nothing was changed"));
        return *user;
    };
    ListScreen list{.title = "Users", .lesson = lesson};
    list.columns = {{"Login", 15}, {"Name", 18, true}, {"Class", 11}, {"Role", 18}, {"Room", 11}};
    list.load = [&] {
        users = desk.people.users();
        std::vector<TableRow> rows;
        for (auto const& user : users) rows.push_back(row_of(desk, user));
        return rows;
    };
    list.heading = [&] {
        auto const mode =
            desk.session.config().lab ? "   " + desk.text("PRACTICE MODE: easy passwords are accepted") : "";
        return desk.plural("{1} user", "{1} users", users.size()) + mode;
    };
    list.keys = {
        {0, "change", [&](std::size_t row) { return edit_user(desk, now(row)).value_or(""); }},
        {3, "add", [&](std::size_t) { return add_user(desk).value_or(""); }, ListKey::Needs::nothing},
        {4, "password", [&](std::size_t row) { return change_password(desk, now(row)).value_or(""); }},
        {5, "on/off", [&](std::size_t row) { return switch_user(desk, now(row)); }},
        {6, "import", [&](std::size_t) { return import_users(desk); }, ListKey::Needs::nothing},
        {8, "delete", [&](std::size_t row) { return delete_user(desk, now(row)).value_or(""); }},
    };
    run_list(desk, list);
}

} // namespace setup
