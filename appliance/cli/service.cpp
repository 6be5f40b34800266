#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/supervisor/control.h"

namespace cli
{

namespace
{
int restart(Session& session, Arguments const& arguments)
{
    auto const& name = arguments.operands.front();
    supervisor::restart_service(session.config().state, name).value();
    print(session.text("{1} was restarted.", {name}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> service_commands()
{
    return {{"restart", "NAME", 1, 1, {}, "Stops one service and starts it again; the others go on.", restart}};
}

} // namespace cli
