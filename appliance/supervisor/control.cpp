#include "appliance/supervisor/control.h"

#include "appliance/supervisor/status_file.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace supervisor
{

namespace
{
constexpr char const* socket_name = "run/control.sock";
constexpr std::string_view request = "restart ";
constexpr std::size_t longest_request = 64;
constexpr auto look_again = std::chrono::milliseconds(50);

base::Result<sockaddr_un> address_of(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return base::failed(path, "the path is too long");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

sockaddr const* generic(sockaddr_un const& address)
{
    void const* pointer = &address;
    return static_cast<sockaddr const*>(pointer);
}

base::Result<void> send(std::string const& folder, std::string const& text)
{
    auto const path = folder + "/" + socket_name;
    auto const address = address_of(path);
    if (!address) return address.error();
    base::Fd const fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd && ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, generic(*address), sizeof *address) >= 0)
        return {};
    if (errno == EACCES) return base::failed(path, "you may not write to it", "run the command as root");
    return base::failed("kotakpos", "the appliance is not running", "start it with 'kotakpos run'");
}

std::optional<ProcessStatus> process_of(std::string const& folder, std::string_view name)
{
    auto const status = read_status(folder);
    if (!status) return std::nullopt;
    auto const found = std::find_if(status->processes.begin(), status->processes.end(),
                                    [&](auto const& process) { return process.name == name; });
    return found == status->processes.end() ? std::nullopt : std::optional(*found);
}
} // namespace

Control::Control() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    auto const address = address_of(socket_name).value();
    ::unlink(socket_name);
    // The supervisor's umask lets nobody but the owner write to it from the start.
    if (!fd_ || ::bind(fd_.get(), generic(address), sizeof address) != 0 || ::chmod(socket_name, 0600) != 0)
        throw base::Failure(base::failed(socket_name, std::strerror(errno), "check the owner of run"));
}

Control::~Control() { ::unlink(socket_name); }

std::optional<std::string> Control::take()
{
    char bytes[longest_request];
    auto const size = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    std::string_view const text(bytes, static_cast<std::size_t>(size));
    return std::string(text.starts_with(request) ? text.substr(request.size()) : std::string_view());
}

base::Result<void> restart_service(std::string const& folder, std::string_view name, unsigned seconds)
{
    std::string const label(name);
    if (!read_status(folder))
        return base::failed("kotakpos", "the appliance is not running", "start it with 'kotakpos run'");
    auto const before = process_of(folder, name);
    if (!before) return base::refused(label, "there is no such service", "see 'kotakpos status'");
    if (before->state == "missing") return base::refused(label, "its program is not installed");
    if (auto sent = send(folder, std::string(request) + label); !sent) return sent;
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < end) {
        auto const now = process_of(folder, name);
        if (now && now->state == "ready" && now->pid != before->pid) return {};
        std::this_thread::sleep_for(look_again);
    }
    return base::failed(label, "it is not ready again yet", "look into the log");
}

} // namespace supervisor
