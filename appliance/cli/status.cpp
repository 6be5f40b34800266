#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> status_commands() { return {}; }

} // namespace cli
