#pragma once
// The one table of processes: program, roles, user, sockets, what each may read and write.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace supervisor
{

struct Service {
    std::string name;                 ///< "maild-in": in logs and in `kotakpos status`
    std::string program;              ///< file name of the binary
    std::vector<std::string> roles;   ///< its arguments
    std::string user;                 ///< when the supervisor is root
    std::vector<std::string> sockets; ///< bound by the supervisor, inherited by name
    /// For people and for the image's systemd units; each daemon confines itself to the same (Daemon::confine).
    std::vector<std::string> reads;
    std::vector<std::string> writes;
};

std::span<Service const> services();

} // namespace supervisor
