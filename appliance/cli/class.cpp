#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> class_commands() { return {}; }

} // namespace cli
