#include "setup-tui/admin/login.h"

#include "appliance/base/text.h"
#include "setup-tui/widgets/form.h"

#include <chrono>
#include <cstdlib>
#include <syslog.h>

namespace setup
{

namespace
{
constexpr int most_attempts = 5;
constexpr auto first_delay = std::chrono::seconds(2); ///< doubled each time

/// Where the administrator sits: the address of an SSH client, or the console.
std::string place()
{
    auto const* const client = std::getenv("SSH_CLIENT");
    if (!client || !*client) return "console";
    std::string_view const words(client);
    return std::string(words.substr(0, words.find(' ')));
}

void write_log(int level, std::string_view event, std::string const& login)
{
    auto const line = "event=" + std::string(event) + " login=" + base::quoted_for_log(login, 64) +
                      " from=" + base::quoted_for_log(place(), 64);
    ::openlog("setup-tui", LOG_PID, LOG_AUTH);
    ::syslog(level, "%s", line.c_str());
    ::closelog();
}

/// Keys typed meanwhile are thrown away.
void wait(Screen& screen, std::chrono::seconds time)
{
    auto const end = std::chrono::steady_clock::now() + time;
    for (auto left = end - std::chrono::steady_clock::now(); left > std::chrono::seconds(0);
         left = end - std::chrono::steady_clock::now())
        screen.read_key_within(std::chrono::duration_cast<std::chrono::milliseconds>(left) +
                               std::chrono::milliseconds(1));
}

FormTexts form_texts(Desk const& desk)
{
    return {.title = desk.text("Log in"),
            .intro = desk.text("Log in as an administrator of the school."),
            .keys = desk.text("Tab next field   Enter log in   Esc quit") + "   " + desk.common_keys(),
            .place = desk.school_name,
            .help_keys = desk.text("Esc back")};
}

std::vector<FormField> form_fields(Desk const& desk)
{
    auto const lesson = desk.text(
        "Only people with the role administrator may enter. The first one is 'admin', with the password that was "
        "chosen at setup. A forgotten password: another administrator gives a new one, or root types 'kotakpos user "
        "passwd admin' in a shell. After a wrong password the box waits a little, so that nobody can try thousands.");
    return {{.label = desk.text("Login"), .editor = LineEditor(Shown::plain, "admin"), .lesson = lesson},
            {.label = desk.text("Password"), .editor = LineEditor(Shown::masked), .lesson = lesson}};
}
} // namespace

bool log_in(Desk& desk)
{
    int attempts = 0;
    bool changes_language = false;
    std::string typed = "admin";
    auto const check = [&](Form& filled) -> std::optional<std::string> {
        std::optional<directory::User> user;
        if (auto failed = desk.attempt([&] { user = desk.people.authenticate(filled.value(0), filled.value(1)); }))
            return failed;
        if (user && user->role == directory::Role::admin) {
            desk.login = user->login;
            write_log(LOG_INFO, "login", user->login);
            return std::nullopt;
        }
        filled.field(1).editor.set_text("");
        write_log(LOG_WARNING, "login-refused", filled.value(0));
        if (++attempts >= most_attempts) throw Stopped();
        desk.screen.put(desk.screen.rows() - 2, 2, desk.text("A moment, please ..."), Style::warning);
        wait(desk.screen, first_delay * (1 << (attempts - 1)));
        // The same words for a wrong password and for somebody who is no administrator.
        return desk.text("Login or password is wrong, or this is no administrator.");
    };
    for (;;) {
        Form form(form_texts(desk), form_fields(desk));
        form.field(0).editor.set_text(typed);
        form.focus(1);
        form.on_key([&](Form& filled, Key const& key) {
            changes_language = key.kind == KeyKind::function && key.number == 2;
            if (changes_language) {
                desk.change_language();
                typed = filled.value(0);
                filled.stop();
            }
            return changes_language;
        });
        if (form.run(desk.screen, check)) return true;
        if (!changes_language) return false;
    }
}

} // namespace setup
