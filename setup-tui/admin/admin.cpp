#include "setup-tui/admin/admin.h"

#include "appliance/base/text.h"
#include "setup-tui/widgets/form.h"

namespace setup
{

namespace
{
constexpr int most_attempts = 5;
}

std::string Desk::text(std::string_view id, std::vector<std::string> const& arguments) const
{
    return base::format(i18n::catalog(language).text(id), arguments);
}

std::string Desk::show(base::Error const& error) const
{
    return base::Error{text(error.what), text(error.why), text(error.to_do), error.refused}.line();
}

std::string role_text(Desk const& desk, directory::Role role) { return desk.text(directory::show(role)); }

bool log_in(Desk& desk, std::string& login)
{
    int attempts = 0;
    Form form({desk.school_name, desk.text("Log in as an administrator of the school."),
               desk.text("Tab next field   Enter log in   Esc quit")},
              {{desk.text("Login"), "", LineEditor(Shown::plain, "admin")},
               {desk.text("Password"), "", LineEditor(Shown::masked)}});
    form.focus(1);
    bool const done = form.run(desk.screen, [&](Form& filled) -> std::optional<std::string> {
        auto const user = desk.people.authenticate(filled.value(0), filled.value(1));
        if (user && user->role == directory::Role::admin) {
            login = user->login;
            return std::nullopt;
        }
        filled.field(1).editor.set_text("");
        if (++attempts >= most_attempts) throw Stopped();
        // The same words for a wrong password and for somebody who is no administrator.
        return desk.text("Login or password is wrong, or this is no administrator.");
    });
    return done;
}

} // namespace setup
