#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> user_commands() { return {}; }

} // namespace cli
