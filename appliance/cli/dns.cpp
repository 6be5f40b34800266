#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> dns_commands() { return {}; }

} // namespace cli
