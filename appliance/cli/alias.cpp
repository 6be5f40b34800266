#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> alias_commands() { return {}; }

} // namespace cli
