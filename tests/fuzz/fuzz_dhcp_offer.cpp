#include "appliance/box/dhcp.h"
#include "tests/support/fuzz.h"

// What another machine of the LAN answers to our question for a DHCP server.
FUZZ_TARGET(dhcp_offer) { static_cast<void>(box::server_of_offer(bytes, bytes.substr(bytes.size() > 8 ? 4 : 0, 4))); }
