#pragma once
// Binding the configured sockets and handing them to a daemon. Used by the supervisor, and by daemons started by
// hand.

#include "appliance/base/file.h"
#include "appliance/config/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace service
{

struct Socket {
    std::string name;     ///< "imap", "dns-udp", "queue-poke", ...
    std::string endpoint; ///< "127.0.0.1:10143" or a path in the state folder
    int fd = -1;          ///< open until the program ends
};

/// Binds every socket of that name. Relative paths of local sockets are below the working directory.
/// Throws base::Failure; for a taken port it says which program holds it.
std::vector<Socket> bind_sockets(config::Config const& config, std::string_view name);

/// For the environment of the child (KOTAKPOS_SOCKETS), and back.
std::string show_sockets(std::vector<Socket> const& sockets);
std::vector<Socket> parse_sockets(std::string_view text);

/// "nginx (pid 812)" when some process of this machine listens there and may be seen, else "".
std::string port_holder(net::Endpoint const& endpoint, bool udp);

/// Sends an empty datagram to a poke socket; a lost poke only costs time, so errors are ignored.
void poke(std::string const& path);

} // namespace service
