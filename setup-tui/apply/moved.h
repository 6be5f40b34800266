#pragma once
// What follows when a school that is there gets another address: records and the network that may ask for every name.
// Only what still says the answer of before follows; what people have written themselves stays.

#include "setup-tui/apply/machine.h"

namespace dnsd
{
class ZoneStore;
}

namespace setup
{

/// trusted.networks: the network of the old address becomes that of the new one. `before`: existing_answers().
void move_network(Machine& machine, Draft const& before, Draft const& draft);

/// The A records of ns, www, mail and the domain itself (the name server's).
base::Result<void> move_addresses(dnsd::ZoneStore& zones, Draft const& before, Draft const& draft);

} // namespace setup
