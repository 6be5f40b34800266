#include "appliance/cli/nouns.h"
#include "setup-tui/apply.h"

namespace cli
{

namespace
{
int setup(Session& session, Arguments const& arguments)
{
    auto const answers = arguments.value("--answers");
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
             .summary = "Sets the box up from a file of answers, without a screen.",
             .action = setup}};
}

} // namespace cli
