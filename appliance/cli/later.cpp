// Commands of the contract whose turn has not come: they say so and fail, instead of not existing.

#include "appliance/cli/nouns.h"

namespace cli
{

namespace
{
int later(Session&, Arguments const&)
{
    throw base::Failure(base::failed("this command", "it is not in this version yet",
                                     "copy the state folder while the appliance is stopped"));
}

std::vector<Command> one_file(Action action, std::string summary)
{
    return {{.verb = "",
             .operands = "FILE",
             .least_operands = 1,
             .most_operands = 1,
             .options = {},
             .summary = std::move(summary),
             .action = action}};
}
} // namespace

std::vector<Command> backup_commands()
{
    return one_file(later, "Saves the whole school in one file (comes later).");
}
std::vector<Command> restore_commands() { return one_file(later, "Brings a saved school back (comes later)."); }
std::vector<Command> verify_commands() { return one_file(later, "Checks a backup (comes later)."); }

} // namespace cli
