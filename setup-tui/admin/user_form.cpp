#include "setup-tui/admin/admin.h"

#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "setup-tui/widgets/form.h"

namespace setup
{

namespace
{
enum : std::size_t { login_field, name_field, class_field, role_field, password_field };

FormField role_choice(Desk const& desk)
{
    FormField field{desk.text("Role"), desk.text("Left and right choose."), LineEditor(), {}, 0};
    for (auto const role : {directory::Role::pupil, directory::Role::teacher, directory::Role::staff,
                            directory::Role::head, directory::Role::admin})
        field.choices.emplace_back(std::string(directory::show(role)), role_text(desk, role));
    return field;
}

Form user_form(Desk const& desk)
{
    return Form(
        {desk.text("Add a user"), desk.text("A new user has a mailbox at once."),
         desk.text("Tab next field   F9 add   Esc back")},
        {{desk.text("Login"), desk.text("Small letters and digits, like ali or siti.aminah."), LineEditor()},
         {desk.text("Name"), desk.text("As it appears in mail."), LineEditor()},
         {desk.text("Class"), desk.text("Empty, or a class like X-TKJ-1; a new one is made."), LineEditor()},
         role_choice(desk),
         {desk.text("Password"), desk.text("Empty: one is made and shown once."), LineEditor(Shown::masked)}});
}

/// Makes the class when it is new.
base::Result<void> need_class(directory::Directory& people, std::string const& name)
{
    if (name.empty()) return {};
    for (auto const& there : people.classes())
        if (base::equal_ignoring_case(there.name, name)) return {};
    return people.add_class(name);
}

base::Result<directory::User> add(Desk& desk, Form const& form, std::string const& password)
{
    directory::NewUser user;
    user.login = base::lower(base::trim(form.value(login_field)));
    user.name = base::trim(form.value(name_field));
    user.class_name = base::trim(form.value(class_field));
    user.role = directory::parse_role(form.value(role_field)).value_or(directory::Role::pupil);
    user.password = password;
    if (auto good = directory::check_password(password, user.login, desk.lab); !good) return good.error();
    if (!directory::is_valid_login(user.login))
        return base::refused(
            user.login,
            "a login has 1 to 64 of the letters a-z, digits, dot, hyphen and underscore, and starts and "
            "ends with a letter or digit",
            "correct the login");
    if (desk.people.find_user(user.login))
        return base::refused(user.login, "this login is taken", "choose another one");
    if (auto made = need_class(desk.people, user.class_name); !made) return made.error();
    return desk.people.add_user(std::move(user));
}
} // namespace

std::optional<std::string> add_user(Desk& desk)
{
    auto form = user_form(desk);
    std::string said;
    bool const done = form.run(desk.screen, [&](Form& filled) -> std::optional<std::string> {
        bool const is_made = filled.value(password_field).empty();
        auto const password = is_made ? directory::generate_password() : filled.value(password_field);
        auto const added = add(desk, filled, password);
        if (!added) return desk.show(added.error());
        said = is_made ? desk.text("{1} was added. Password: {2}", {added->login, password})
                       : desk.text("{1} was added.", {added->login});
        return std::nullopt;
    });
    return done ? std::optional(said) : std::nullopt;
}

std::optional<std::string> remove_user(Desk& desk, directory::User const& user)
{
    for (;;) {
        draw_frame(desk.screen, desk.text("Remove a user"), desk.text("F8 remove   Esc back"));
        desk.screen.put(3, 2, desk.text("Remove {1} ({2})?", {user.login, user.name}));
        desk.screen.put(5, 2, desk.text("The login stops working at once, and mail to it is refused."));
        auto const key = desk.screen.read_key();
        if (key.kind == KeyKind::escape || key.kind == KeyKind::function) {
            if (key.kind == KeyKind::escape || key.number == 10) return std::nullopt;
            if (key.number != 8) continue;
            auto const removed = desk.people.delete_user(user.login);
            return removed ? desk.text("{1} was removed.", {user.login}) : desk.show(removed.error());
        }
    }
}

} // namespace setup
