#include "appliance/cli/nouns.h"
#include "appliance/supervisor/programs.h"
#include "setup-tui/apply.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace cli
{

namespace
{
/// The wizard is a program of its own: this one has no screen.
void become_wizard(std::string const& config_file)
{
    auto folders = supervisor::program_folders();
    folders.insert(folders.end(), {"/usr/local/bin", "/usr/bin"});
    auto const program = supervisor::open_program("setup-tui", folders).value();
    ::execl(program.path.c_str(), "setup-tui", "--config", config_file.c_str(), "--wizard", nullptr);
    throw base::Failure(base::failed(program.path, std::strerror(errno), "install the package again"));
}

int setup(Session& session, Arguments const& arguments)
{
    auto const answers = arguments.value("--answers");
    if (!answers && ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO)) become_wizard(session.config_file());
    if (!answers)
        throw UsageError{session.text("setup without a screen needs --answers FILE; with a screen: setup-tui")};
    ::setup::run_answers(*answers, session.config_file()).value();
    return 0;
}
} // namespace

std::vector<Command> setup_commands()
{
    return {{.verb = "",
             .operands = "",
             .options = {{"--answers", "FILE"}},
             .summary = "Sets the box up: with questions on a terminal, or from a file of answers.",
             .action = setup}};
}

} // namespace cli
