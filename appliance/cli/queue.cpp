#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> queue_commands() { return {}; }

} // namespace cli
