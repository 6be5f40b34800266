#include "appliance/cli/nouns.h"

#include "appliance/base/file.h"
#include "appliance/supervisor/programs.h"
#include "appliance/supervisor/supervise.h"

#include <cstdlib>

namespace cli
{

namespace
{
int run(Session& session, Arguments const&)
{
    auto const& config = session.config();
    supervisor::Plan plan;
    plan.config = config;
    plan.config_text = base::read_file(session.config_file()).value();
    plan.services = supervisor::services();
    plan.program_folders = supervisor::program_folders();
    if (std::getenv("KOTAKPOS_UNITS")) plan.way = supervisor::Way::units; // the image's unit says so
    return supervisor::supervise(plan);
}
} // namespace

std::vector<Command> run_commands()
{
    return {{.verb = "",
             .operands = "",
             .options = {},
             .summary = "Runs the whole appliance in the foreground.",
             .action = run}};
}

} // namespace cli
