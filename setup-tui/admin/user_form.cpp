#include "setup-tui/admin/user_form.h"

#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "setup-tui/widgets/form.h"

#include <algorithm>

namespace setup
{

namespace
{
FormTexts texts(Desk const& desk, std::string title, std::string intro, std::string_view done)
{
    return {.title = std::move(title),
            .intro = std::move(intro),
            .keys = desk.text("Tab next field") + "   F9 " + desk.text(done) + "   " + desk.text("F1 help") + "   " +
                    desk.text("Esc back"),
            .place = desk.school_name,
            .help_keys = desk.text("Esc back")};
}

FormField name_field(Desk const& desk, std::string const& name)
{
    return {.label = desk.text("Name"),
            .help = desk.text("As it appears in mail."),
            .editor = LineEditor(Shown::plain, name)};
}

FormField class_field(Desk const& desk, std::string const& name)
{
    return {.label = desk.text("Class"),
            .help = desk.text("Empty, or a class like X-TKJ-1; a new one is made."),
            .editor = LineEditor(Shown::plain, name),
            .lesson = desk.text("A class is also a mail address: what is sent to x-tkj-1@ reaches all its members. "
                                "Who may write to it is chosen on the screen Classes.")};
}

FormField role_field(Desk const& desk, directory::Role role)
{
    FormField field{.label = desk.text("Role"),
                    .help = desk.text("Left and right choose."),
                    .lesson =
                        desk.text("The role says to which groups somebody belongs (siswa, guru, semua), who may "
                                  "write to them, and who may enter these screens: only administrators.")};
    for (auto const one : {directory::Role::pupil, directory::Role::teacher, directory::Role::staff,
                           directory::Role::head, directory::Role::admin})
        field.choices.emplace_back(std::string(directory::show(one)), desk.role(one));
    field.choose(directory::show(role));
    return field;
}

/// "1G": as base::parse_size reads it.
std::string size_word(std::uint64_t bytes)
{
    for (auto const& [unit, letter] :
         {std::pair{std::uint64_t{1} << 30, "G"}, std::pair{std::uint64_t{1} << 20, "M"}})
        if (bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit) + letter;
    return std::to_string(bytes);
}

FormField quota_field(Desk const& desk, std::uint64_t quota)
{
    return {.label = desk.text("Room for mail"),
            .help = desk.text("Like 500M or 2G; 0 is no limit."),
            .editor = LineEditor(Shown::plain, size_word(quota)),
            .lesson =
                desk.text("So much mail fits into the mailbox. When it is full, new mail goes back to its sender; "
                          "nothing that is there is lost.")};
}

std::uint64_t must_be_size(std::string const& text)
{
    auto const size = base::parse_size(base::trim(text));
    if (!size)
        throw base::Failure(base::refused(text, "this is not a size", "write it like 500M or 2G; 0 is no limit"));
    return *size;
}

bool is_new_class(directory::Directory& people, std::string const& name)
{
    if (name.empty()) return false;
    auto const classes = people.classes();
    return std::none_of(classes.begin(), classes.end(),
                        [&](auto const& there) { return base::equal_ignoring_case(there.name, name); });
}

std::vector<FormField> password_fields(Desk const& desk)
{
    auto const lesson =
        desk.text("Left empty, the box makes a password of words and a number that is easy to copy from paper, and "
                  "shows it once. It cannot be read later, only changed: the box keeps a hash of it.");
    return {{.label = desk.text("Password"),
             .help = desk.text("Empty: one is made and shown once."),
             .editor = LineEditor(Shown::masked),
             .lesson = lesson},
            {.label = desk.text("Once more"),
             .help = desk.text("The same again."),
             .editor = LineEditor(Shown::masked),
             .lesson = lesson}};
}

struct Chosen {
    std::string password;
    bool made = false;
};

Chosen must_choose(Desk const& desk, std::string const& typed, std::string const& again, std::string const& login)
{
    if (typed.empty()) return {directory::generate_password(), true};
    if (typed != again)
        throw base::Failure(base::refused("password", "the two passwords are not the same", "type both again"));
    directory::check_password(typed, login, desk.session.config().lab).value();
    return {typed, false};
}

void show_made(Desk const& desk, std::string const& login, Chosen const& chosen)
{
    if (chosen.made)
        desk.tell(desk.text("Write it down"),
                  desk.text("Password of {1}: {2} (shown only this once)", {login, chosen.password}));
}

directory::User must_add(Desk& desk, Form const& form, Chosen const& chosen)
{
    directory::NewUser user;
    user.login = base::lower(base::trim(form.value(0)));
    user.name = base::trim(form.value(1));
    user.class_name = base::trim(form.value(2));
    user.role = directory::parse_role(form.value(3)).value_or(directory::Role::pupil);
    user.quota = must_be_size(form.value(4));
    user.password = chosen.password;
    std::vector<std::string> new_classes;
    if (is_new_class(desk.people, user.class_name)) new_classes.push_back(user.class_name);
    return desk.people.add_users({user}, {new_classes, {}}).value().front();
}
} // namespace

std::string quota_text(Desk const& desk, std::uint64_t quota)
{
    return quota == 0 ? desk.text("no limit") : base::show_size(quota);
}

std::optional<std::string> add_user(Desk& desk)
{
    auto fields = password_fields(desk);
    fields.insert(fields.begin(),
                  {{.label = desk.text("Login"),
                    .help = desk.text("Small letters and digits, like ali or siti.aminah."),
                    .lesson = desk.text("The name to log in with, and the part of the mail address before the @. It "
                                        "cannot be changed later.")},
                   name_field(desk, ""),
                   class_field(desk, ""),
                   role_field(desk, directory::Role::pupil),
                   quota_field(desk, directory::NewUser::default_quota)});
    Form form(texts(desk, desk.text("Add a user"), desk.text("A new user has a mailbox at once."), "add"),
              std::move(fields));
    directory::User added;
    Chosen chosen;
    bool const done = form.run(desk.screen, [&](Form& filled) {
        return desk.attempt([&] {
            auto const login = base::lower(base::trim(filled.value(0)));
            if (!directory::is_valid_login(login)) {
                filled.focus(0);
                throw base::Failure(base::refused(login, "this is not a login",
                                                  "use a-z, 0-9, dot, dash and underscore, at most 64"));
            }
            chosen = must_choose(desk, filled.value(5), filled.value(6), login);
            added = must_add(desk, filled, chosen);
        });
    });
    if (!done) return std::nullopt;
    show_made(desk, added.login, chosen);
    return desk.text("{1} was added.", {added.login});
}

std::optional<std::string> edit_user(Desk& desk, directory::User const& user)
{
    Form form(texts(desk, desk.text("Change {1}", {user.login}), desk.text("The login cannot be changed."), "save"),
              {name_field(desk, user.name), class_field(desk, user.class_name), role_field(desk, user.role),
               quota_field(desk, user.quota)});
    bool const done = form.run(desk.screen, [&](Form& filled) {
        return desk.attempt([&] {
            auto wanted = user;
            wanted.name = base::trim(filled.value(0));
            wanted.class_name = base::trim(filled.value(1));
            wanted.role = directory::parse_role(filled.value(2)).value_or(user.role);
            wanted.quota = must_be_size(filled.value(3));
            if (user.login == desk.login && wanted.role != directory::Role::admin)
                throw base::Failure(base::refused(user.login,
                                                  "you cannot take the role of administrator away from yourself",
                                                  "let another administrator do it"));
            if (is_new_class(desk.people, wanted.class_name)) desk.people.add_class(wanted.class_name).value();
            desk.people.update_user(user, wanted).value();
        });
    });
    return done ? std::optional(desk.text("{1} was changed.", {user.login})) : std::nullopt;
}

std::optional<std::string> change_password(Desk& desk, directory::User const& user)
{
    Form form(texts(desk, desk.text("New password for {1}", {user.login}),
                    desk.text("The old one stops working at once, in mail programs too."), "save"),
              password_fields(desk));
    Chosen chosen;
    bool const done = form.run(desk.screen, [&](Form& filled) {
        return desk.attempt([&] {
            chosen = must_choose(desk, filled.value(0), filled.value(1), user.login);
            desk.people.set_password(user.login, chosen.password).value();
        });
    });
    if (!done) return std::nullopt;
    show_made(desk, user.login, chosen);
    return desk.text("The password of {1} was changed.", {user.login});
}

std::optional<std::string> delete_user(Desk& desk, directory::User const& user)
{
    if (user.login == desk.login)
        throw base::Failure(
            base::refused(user.login, "you cannot delete yourself", "let another administrator do it"));
    auto fate = directory::MailFate::kept;
    Form form(
        texts(desk, desk.text("Delete {1}", {user.login}),
              desk.text("{1} ({2}) can no longer log in, and mail to this address is refused at once.",
                        {user.login, user.name}),
              "delete"),
        {{.label = desk.text("Mail"),
          .help = desk.text("Left and right choose."),
          .choices = {{"kept", desk.text("keep it in the box")}, {"removed", desk.text("remove it for good")}},
          .lesson = desk.text("Kept mail belongs to nobody any more, and takes room until somebody with a shell "
                              "needs it. A new user with the same login gets an empty mailbox in any case.")}});
    bool const done = form.run(desk.screen, [&](Form& filled) -> std::optional<std::string> {
        if (filled.value(0) == "removed") fate = directory::MailFate::removed;
        return std::nullopt;
    });
    auto const question = fate == directory::MailFate::removed
                              ? desk.text("The user and all mail go. This cannot be undone.")
                              : desk.text("The user goes, the mail stays.");
    if (!done || !desk.ask_danger(desk.text("Delete {1}?", {user.login}), question)) return std::nullopt;
    desk.people.delete_user(user.login, fate).value();
    return desk.text("{1} was deleted.", {user.login});
}

} // namespace setup
