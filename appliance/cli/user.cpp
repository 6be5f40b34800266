#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/cli/password_input.h"
#include "appliance/cli/people.h"

#include <iostream>

namespace cli
{

namespace
{
using directory::User;

directory::Role role_option(Arguments const& arguments)
{
    auto const text = arguments.value("--role");
    if (!text) return directory::Role::pupil;
    auto const role = directory::parse_role(*text);
    if (!role)
        throw base::Failure(
            base::refused(*text, "there is no such role", "use pupil, teacher, staff, head or admin"));
    return *role;
}

std::uint64_t quota_option(Arguments const& arguments)
{
    auto const text = arguments.value("--quota");
    if (!text) return directory::NewUser::default_quota;
    auto const size = base::parse_size(*text);
    if (!size)
        throw base::Failure(base::refused(*text, "this is not a size", "write it like 500M or 2G; 0 is no limit"));
    return *size;
}

void show_generated(Session& session, std::string const& login, ChosenPassword const& password)
{
    if (password.generated)
        print(session.text("Password of {1}: {2} (shown only this once)", {login, password.text}) + "\n");
}

int add(Session& session, Arguments const& arguments)
{
    directory::NewUser user;
    user.login = arguments.operands.front();
    user.name = arguments.value("--name").value_or("");
    user.class_name = arguments.value("--class").value_or("");
    user.role = role_option(arguments);
    user.quota = quota_option(arguments);
    auto const& directory = session.directory(); // before a password is asked for in vain
    static_cast<void>(directory);
    auto const password = choose_password(session, arguments, user.login);
    user.password = password.text;
    auto const added = session.directory().add_user(user).value();
    print(session.text("User {1} was added.", {added.login}) + "\n");
    show_generated(session, added.login, password);
    return 0;
}

int list(Session& session, Arguments const& arguments)
{
    auto users = session.directory().users();
    if (auto const name = arguments.value("--class")) users = session.directory().members(*name).value();
    if (arguments.has("--role")) {
        auto const role = role_option(arguments);
        std::erase_if(users, [&](User const& user) { return user.role != role; });
    }
    print_users(session, users, arguments);
    return 0;
}

int show(Session& session, Arguments const& arguments)
{
    auto const user = must_find_user(session, arguments.operands.front());
    if (arguments.has("--json")) {
        print(json_of(user));
        return 0;
    }
    auto const line = [&](std::string_view label, std::string const& value) {
        print(session.text(label) + ": " + value + "\n");
    };
    line("Login", user.login);
    line("Name", user.name);
    line("Address", user.login + "@" + session.directory().domain());
    line("Role", std::string(directory::show(user.role)));
    line("Class", user.class_name);
    line("Quota", show_quota(session, user.quota));
    line("State", session.text(user.enabled ? "enabled" : "disabled"));
    return 0;
}

int passwd(Session& session, Arguments const& arguments)
{
    auto const user = must_find_user(session, arguments.operands.front());
    auto const password = choose_password(session, arguments, user.login);
    session.directory().set_password(user.login, password.text).value();
    print(session.text("The password of {1} was changed.", {user.login}) + "\n");
    show_generated(session, user.login, password);
    return 0;
}

int disable(Session& session, Arguments const& arguments)
{
    session.directory().set_enabled(arguments.operands.front(), false).value();
    print(session.text("User {1} can no longer log in and gets no mail.", {arguments.operands.front()}) + "\n");
    return 0;
}

int enable(Session& session, Arguments const& arguments)
{
    session.directory().set_enabled(arguments.operands.front(), true).value();
    print(session.text("User {1} can log in again.", {arguments.operands.front()}) + "\n");
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    auto const mail = arguments.has("--with-mail") ? directory::MailFate::removed : directory::MailFate::kept;
    session.directory().delete_user(arguments.operands.front(), mail).value();
    print(session.text("User {1} was deleted.", {arguments.operands.front()}) + "\n");
    return 0;
}

/// For the image's SSH (pam_exec): nothing but the exit code says whether the password is right.
int verify(Session& session, Arguments const& arguments)
{
    if (!arguments.has("--password-stdin")) throw UsageError{"--password-stdin is missing"};
    std::string password;
    std::getline(std::cin, password);
    while (!password.empty() && password.back() == '\0') password.pop_back(); // pam_exec ends it so
    auto const user = session.directory().authenticate(arguments.operands.front(), password);
    base::wipe(password);
    bool const fits = user && (!arguments.has("--role") || user->role == role_option(arguments));
    return fits ? 0 : 1;
}

Command on_login(std::string verb, Action action, std::vector<Option> options, std::string summary)
{
    return {std::move(verb), "LOGIN", 1, 1, std::move(options), std::move(summary), action};
}
} // namespace

directory::User must_find_user(Session& session, std::string const& login)
{
    auto user = session.directory().find_user(login);
    if (!user) throw base::Failure(base::refused(login, "there is no such user", "see 'kotakpos user list'"));
    return *user;
}

std::vector<Command> user_commands()
{
    return {
        on_login("add", add,
                 {{"--name", "NAME"},
                  {"--class", "CLASS"},
                  {"--role", "pupil|teacher|staff|head|admin"},
                  {"--quota", "SIZE"},
                  {"--password-stdin", ""}},
                 "Adds a user; the password is asked for, read from standard input, or made and shown once."),
        {"list", "", 0, 0, {{"--class", "CLASS"}, {"--role", "ROLE"}, {"--json", ""}}, "Lists the users.", list},
        on_login("show", show, {{"--json", ""}}, "Shows one user."),
        on_login("passwd", passwd, {{"--password-stdin", ""}}, "Changes a password."),
        on_login("verify", verify, {{"--role", "ROLE"}, {"--password-stdin", ""}},
                 "Whether this password is right: exit 0 or 1."),
        on_login("disable", disable, {}, "Stops a user from logging in and from getting mail; nothing is deleted."),
        on_login("enable", enable, {}, "Lets a disabled user in again."),
        on_login("delete", remove, {{"--with-mail", ""}}, "Deletes a user; the mail stays unless it is to go too."),
        {"vacation",
         "LOGIN [off]",
         1,
         2,
         {{"--json", ""}},
         "Shows the automatic answer of somebody who is away, or switches it off.",
         user_vacation},
        on_login("filters", user_filters, {{"--json", ""}},
                 "Shows the filters that a user has made for arriving mail."),
        {"import",
         "FILE.csv",
         1,
         1,
         {{"--dry-run", ""}},
         "Adds the users of a table (login,name,class,role,password,quota): all of them or none.",
         import_users},
    };
}

} // namespace cli
