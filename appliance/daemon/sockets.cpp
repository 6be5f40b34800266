#include "appliance/daemon/sockets.h"

#include "appliance/base/text.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace service
{

namespace
{
constexpr int listen_backlog = 1024;

struct LocalSocket {
    std::string_view name;
    char const* path;
    int type;
};
constexpr LocalSocket local_sockets[] = {
    {"imap-local", "run/imap.sock", SOCK_STREAM},        {"submission-local", "run/submission.sock", SOCK_STREAM},
    {"dns-control-local", "run/dnsd.sock", SOCK_STREAM}, {"dns-keeper-local", "run/keeper.sock", SOCK_STREAM},
    {"desk-local", "run/desk.sock", SOCK_STREAM},        {"desk-names-local", "run/desk-names.sock", SOCK_STREAM},
    {"queue-poke", "run/queue.poke", SOCK_DGRAM},        {"mail-poke", "run/mail.poke", SOCK_DGRAM},
};

sockaddr_un local_address(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw base::Failure(base::failed(path, "the path is too long"));
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Socket bind_local(LocalSocket const& local)
{
    auto const address = local_address(local.path);
    base::Fd fd(::socket(AF_UNIX, local.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlink(local.path);
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::chmod(local.path, 0660) != 0 || (local.type == SOCK_STREAM && ::listen(fd.get(), listen_backlog) != 0))
        throw base::Failure(base::failed(local.path, std::strerror(errno), "check the owner of the folder run"));
    return {std::string(local.name), local.path, fd.release()};
}

socklen_t fill(sockaddr_storage& storage, net::Endpoint const& endpoint)
{
    if (endpoint.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, endpoint.address.bytes().data() + 12, 4);
        std::memcpy(&storage, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes().data(), 16);
    std::memcpy(&storage, &v6, sizeof v6);
    return sizeof v6;
}

[[noreturn]] void refuse_taken(std::string_view name, net::Endpoint const& endpoint, bool udp, int error)
{
    std::string const what = std::string(name) + " on " + endpoint.show();
    if (error == EADDRINUSE) {
        auto const holder = port_holder(endpoint, udp);
        throw base::Failure(base::failed(what, "the port is taken" + (holder.empty() ? "" : " by " + holder),
                                         "stop that program, or change " +
                                             std::string(name.substr(0, name.find('-'))) +
                                             ".listen in kotakpos.conf"));
    }
    if (error == EACCES)
        throw base::Failure(base::failed(what, "ports below 1024 need root", "start 'kotakpos run' as root"));
    throw base::Failure(base::failed(what, std::strerror(error), "check the address in kotakpos.conf"));
}

/// `shared`: several sockets on one port, the kernel spreads the datagrams.
Socket bind_one(std::string_view name, net::Endpoint const& endpoint, bool udp, bool shared)
{
    sockaddr_storage storage{};
    auto const size = fill(storage, endpoint);
    int const type = (udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK) | SOCK_CLOEXEC;
    base::Fd fd(::socket(storage.ss_family, type, 0));
    int const on = 1;
    if (storage.ss_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (!udp) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 ||
        (!udp && ::listen(fd.get(), listen_backlog) != 0))
        refuse_taken(name, endpoint, udp, errno);
    return {std::string(name), endpoint.show(), fd.release()};
}

unsigned dns_sockets(config::Config const& config)
{
    return config.dns_threads > 0 ? config.dns_threads : std::max(1U, std::thread::hardware_concurrency());
}

/// A UDP port shared by SO_REUSEPORT could also be shared with somebody else's server: bind it alone first.
void require_free_udp(std::string_view name, net::Endpoint const& endpoint)
{
    ::close(bind_one(name, endpoint, true, false).fd);
}
} // namespace

std::vector<Socket> bind_sockets(config::Config const& config, std::string_view name)
{
    for (auto const& local : local_sockets)
        if (local.name == name) return {bind_local(local)};
    bool const udp = name == "dns-udp";
    std::string const key(name.starts_with("dns-") ? "dns" : name);
    std::vector<Socket> sockets;
    auto const found = config.listen.find(key);
    if (found == config.listen.end()) return sockets;
    for (auto const& endpoint : found->second) {
        if (udp) require_free_udp(name, endpoint);
        for (unsigned i = 0; i < (udp ? dns_sockets(config) : 1); ++i)
            sockets.push_back(bind_one(name, endpoint, udp, udp));
    }
    return sockets;
}

std::string show_sockets(std::vector<Socket> const& sockets)
{
    std::vector<std::string> parts;
    for (auto const& socket : sockets)
        parts.push_back(socket.name + "=" + std::to_string(socket.fd) + "=" + socket.endpoint);
    return base::join(parts, ",");
}

std::vector<Socket> parse_sockets(std::string_view text)
{
    std::vector<Socket> sockets;
    for (auto const& part : base::split_list(text)) {
        auto const fields = base::split(part, '=');
        if (fields.size() != 3) continue;
        auto const fd = base::parse_number(fields[1], 1 << 20);
        if (fd) sockets.push_back({std::string(fields[0]), std::string(fields[2]), static_cast<int>(*fd)});
    }
    return sockets;
}

void poke(std::string const& path)
{
    auto const address = local_address(path);
    base::Fd const fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::sendto(fd.get(), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&address),
             sizeof address);
}

} // namespace service
