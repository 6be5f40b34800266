#pragma once
// What the wizard proposes: a domain from the school's name, the network from what the machine has now. Reads the
// machine, changes nothing.

#include "setup-tui/steps/step.h"

#include <string>
#include <string_view>
#include <vector>

namespace setup
{

/// "SMK Negeri 1 Pendalian" -> "smkn1pendalian.sch.id"; nothing usable in the name: "sekolah.sch.id".
std::string suggest_domain(std::string_view school_name);

/// One way into a network, as the machine has it now.
struct Interface {
    std::string name;
    std::string address; ///< with prefix, "192.168.10.1/24"; empty: none yet
    bool is_up = false;
};

struct RunningNetwork {
    std::vector<Interface> interfaces; ///< without the loopback; those with an address first
    std::string gateway;
    std::vector<std::string> resolvers; ///< without this machine itself
};
RunningNetwork read_running_network();

/// The gateway in /proc/net/route (little-endian hexadecimal), or empty.
std::string default_gateway(std::string_view route_table);
/// The nameserver lines of resolv.conf, without loopback addresses.
std::vector<std::string> resolvers_of(std::string_view resolv_conf);

/// Puts what runs now into the draft, under keys beginning with "now.": the table of questions suggests from them.
/// They are never written to a file.
void add_suggestions(Draft& draft, RunningNetwork const& network);

} // namespace setup
