#include "setup-tui/apply/ready.h"

#include "appliance/daemon/sockets.h"

#include <filesystem>
#include <sys/statvfs.h>
#include <unistd.h>

namespace setup
{

namespace
{
namespace fs = std::filesystem;
constexpr std::uint64_t least_room = std::uint64_t{64} << 20; ///< bytes: databases, journals and the first mails

/// The folder itself, or the first one above it that is there.
fs::path first_existing(fs::path path)
{
    std::error_code error;
    path = fs::absolute(path).lexically_normal();
    while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
    return path;
}

base::Result<void> check_folder(std::string const& folder)
{
    auto const there = first_existing(folder);
    struct statvfs disk {
    };
    bool const is_read_only = ::statvfs(there.c_str(), &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0;
    if (is_read_only || ::access(there.c_str(), W_OK | X_OK) != 0)
        return base::refused(there.string(), "this user may not write there",
                             "run it as root, or give the folder to this user");
    auto const free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free < least_room)
        return base::refused(there.string(), "the disk is full: less than 64 MB are free",
                             "make room, then try again");
    return {};
}

base::Result<void> check_ports(config::Config const& config)
{
    try {
        for (auto const& [name, endpoints] : config.listen) {
            if (endpoints.empty()) continue;
            for (auto const& socket : service::bind_sockets(config, name)) ::close(socket.fd);
            if (name != "dns") continue;
            for (auto const& socket : service::bind_sockets(config, "dns-udp")) ::close(socket.fd);
        }
        return {};
    } catch (base::Failure const& failure) { // as a refusal: nothing was changed yet
        auto error = failure.error();
        error.refused = true;
        return error;
    }
}

} // namespace

base::Result<void> check_ready(config::Config const& config, bool ports)
{
    auto const config_folder = fs::absolute(config.file).parent_path().string();
    for (auto const& folder : {config.state, config_folder})
        if (auto good = check_folder(folder); !good) return good;
    return ports ? check_ports(config) : base::Result<void>();
}

} // namespace setup
