#include "dnsd/serve/keeper_socket.h"

#include "dnsd/serve/octets.h"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace dnsd
{

base::Fd connect_to_keeper(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, path.data(), path.size());
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    void const* const place = &address;
    if (!fd || ::connect(fd.get(), static_cast<sockaddr const*>(place), sizeof address) != 0) return {};
    return fd;
}

std::string framed(std::string_view message)
{
    std::string bytes(2, '\0');
    put_number(bytes, 0, message.size());
    return bytes.append(message);
}

} // namespace dnsd
