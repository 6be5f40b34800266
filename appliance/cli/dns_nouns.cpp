// `kotakpos dns`: one noun, its commands in several files.

#include "appliance/cli/nouns.h"

namespace cli
{

std::vector<Command> all_dns_commands()
{
    std::vector<Command> all;
    for (auto* const part :
         {dns_commands, dns_transfer_commands, dns_watch_commands, dns_forwarder_commands, dns_key_commands})
        for (auto& command : part()) all.push_back(std::move(command));
    return all;
}

} // namespace cli
