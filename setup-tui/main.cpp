// setup-tui: the administrator's screens in a terminal.

#include "appliance/daemon/daemon.h"
#include "setup-tui/admin/arguments.h"
#include "setup-tui/admin/login.h"
#include "setup-tui/admin/screens.h"

#include <unistd.h>

namespace
{
int administer(std::string const& config_file)
{
    cli::Session session(config_file);
    auto const& config = session.config();
    session.enter_state_folder();
    if (::access("school/school.db", W_OK) != 0)
        throw base::Failure(
            base::failed(config.state, "this user may not change the school database", "run setup-tui as root"));
    auto& people = session.directory();
    setup::Screen screen;
    setup::Desk desk{screen, session, people, people.setting("school.name").value_or(people.domain()),
                     config.language};
    if (setup::log_in(desk)) setup::run_menu(desk);
    return 0;
}
} // namespace

int main(int argc, char** argv)
{
    return service::guarded("setup-tui", [&] {
        auto const config_file = setup::config_file_of(argc, argv);
        auto const config = config::read(config_file).value();
        try {
            return administer(config_file);
        } catch (setup::Stopped const&) { // the terminal is restored; there is nothing to say
            return 1;
        } catch (base::Failure const& failure) { // here the language is known
            auto const& texts = i18n::catalog(config.language);
            auto const& error = failure.error();
            throw base::Failure({error.what, texts.text(error.why), texts.text(error.to_do), error.refused});
        }
    });
}
