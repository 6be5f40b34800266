// Who holds a port: /proc/net tells the socket's inode, /proc/PID/fd who has that inode open.

#include "appliance/base/text.h"
#include "appliance/daemon/sockets.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace service
{

namespace
{
namespace fs = std::filesystem;

/// The inode of the socket bound to the port in one of the kernel's tables, or "".
std::string inode_of_port(char const* table, std::uint16_t port, bool udp)
{
    std::ifstream file(table);
    std::string line;
    std::getline(file, line); // the heading
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
        auto const colon = local.rfind(':');
        if (colon == std::string::npos) continue;
        bool const listening = udp || state == "0A";
        if (listening && std::stoul(local.substr(colon + 1), nullptr, 16) == port) return inode;
    }
    return {};
}

bool has_socket(fs::path const& process, std::string const& link)
{
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(process / "fd", error))
        if (fs::read_symlink(entry.path(), error) == link) return true;
    return false;
}
} // namespace

std::string port_holder(net::Endpoint const& endpoint, bool udp)
{
    std::string inode;
    for (auto const* table : {udp ? "/proc/net/udp" : "/proc/net/tcp", udp ? "/proc/net/udp6" : "/proc/net/tcp6"})
        if (inode.empty()) inode = inode_of_port(table, endpoint.port, udp);
    if (inode.empty()) return {};
    std::error_code error;
    for (auto const& entry : fs::directory_iterator("/proc", error)) {
        auto const pid = entry.path().filename().string();
        if (!base::parse_number(pid) || !has_socket(entry.path(), "socket:[" + inode + "]")) continue;
        std::ifstream file(entry.path() / "comm");
        std::string name;
        std::getline(file, name);
        return name + " (pid " + pid + ")";
    }
    return {};
}

} // namespace service
