// setup-tui: the wizard where there is no school yet, else the administrator's screens.

#include "appliance/daemon/daemon.h"
#include "setup-tui/admin/arguments.h"
#include "setup-tui/admin/console.h"
#include "setup-tui/admin/login.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/wizard/wizard.h"

#include <filesystem>
#include <unistd.h>

namespace
{
int administer(setup::Arguments const& arguments)
{
    cli::Session session(arguments.config_file);
    auto const& config = session.config();
    session.enter_state_folder();
    if (::access("school/school.db", W_OK) != 0)
        throw base::Failure(
            base::failed(config.state, "this user may not change the school database", "run setup-tui as root"));
    auto& people = session.directory();
    setup::Screen screen;
    setup::Desk desk{screen, session, people, people.setting("school.name").value_or(people.domain()),
                     config.language};
    if (arguments.console) setup::show_console(desk);
    desk.login = arguments.as;
    if (!desk.login.empty() || setup::log_in(desk)) setup::run_menu(desk);
    return 0;
}

int ask_the_wizard(std::string const& config_file)
{
    setup::Screen screen;
    return setup::run_wizard(screen, config_file);
}

/// The error in the language of the configuration, once that is known.
base::Failure in_words(base::Failure const& failure, std::string const& language)
{
    auto const& texts = i18n::catalog(language);
    auto const& error = failure.error();
    return base::Failure({error.what, texts.text(error.why), texts.text(error.to_do), error.refused});
}
} // namespace

int main(int argc, char** argv)
{
    return service::guarded("setup-tui", [&] {
        auto arguments = setup::read_arguments(argc, argv);
        arguments.config_file = std::filesystem::absolute(arguments.config_file); // the state folder is entered later
        bool const is_terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
        bool const is_new = is_terminal && setup::needs_wizard(arguments.config_file);
        try {
            if (arguments.wizard || is_new) return ask_the_wizard(arguments.config_file);
            auto const config = config::read(arguments.config_file).value();
            try {
                return administer(arguments);
            } catch (base::Failure const& failure) { // here the language is known
                throw in_words(failure, config.language);
            }
        } catch (setup::Stopped const&) { // the terminal is restored; there is nothing to say
            return 1;
        }
    });
}
