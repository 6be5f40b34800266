#include "appliance/supervisor/counter.h"

#include "appliance/daemon/hand_over.h"
#include "appliance/supervisor/layout.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
constexpr int backlog = 16;
}

Counter::Counter() : fd_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, service::hand_over_place);
    void const* const raw = &address;
    ::unlink(service::hand_over_place);
    if (!fd_ || ::bind(fd_.get(), static_cast<sockaddr const*>(raw), sizeof address) != 0 ||
        ::chmod(service::hand_over_place, 0660) != 0 || ::listen(fd_.get(), backlog) != 0)
        throw base::Failure(
            base::failed(service::hand_over_place, std::strerror(errno), "check the owner of the folder run"));
    own(service::hand_over_place).value();
}

Counter::~Counter() { ::unlink(service::hand_over_place); }

std::optional<Counter::Visitor> Counter::take()
{
    base::Fd line(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ucred who{};
    socklen_t size = sizeof who;
    if (!line || ::getsockopt(line.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
    return Visitor{std::move(line), who.uid, who.pid};
}

} // namespace supervisor
