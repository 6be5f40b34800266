#include "appliance/supervisor/counter.h"

#include "appliance/daemon/hand_over.h"
#include "appliance/supervisor/accounts.h"

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

Counter::Counter(std::string const& service, uid_t user)
    : place_(service::hand_over_place(service)),
      user_(user),
      fd_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    place_.copy(address.sun_path, sizeof address.sun_path - 1);
    void const* const raw = &address;
    ::unlink(place_.c_str());
    if (!fd_ || ::bind(fd_.get(), static_cast<sockaddr const*>(raw), sizeof address) != 0 ||
        ::chmod(place_.c_str(), 0660) != 0 ||
        (can_change_user() && ::chown(place_.c_str(), 0, group_id("kotakpos")) != 0) ||
        ::listen(fd_.get(), backlog) != 0)
        throw base::Failure(base::failed(place_, std::strerror(errno), "check the owner of the folder run"));
}

Counter::~Counter()
{
    if (fd_) ::unlink(place_.c_str());
}

std::optional<Counter::Visitor> Counter::take()
{
    base::Fd line(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ucred who{};
    socklen_t size = sizeof who;
    if (!line || ::getsockopt(line.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.uid != user_)
        return std::nullopt;
    return Visitor{std::move(line), who.pid};
}

} // namespace supervisor
