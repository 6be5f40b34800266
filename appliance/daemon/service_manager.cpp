#include "appliance/daemon/service_manager.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace service
{

namespace
{
/// Nobody there to hear it is no fault of ours. `flags`: MSG_DONTWAIT, for what may be lost.
void send(std::string_view text, int flags = 0)
{
    auto const* const name = std::getenv("NOTIFY_SOCKET");
    if (!name || (*name != '/' && *name != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const length = std::strlen(name);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, name, length);
    if (*name == '@') address.sun_path[0] = '\0'; // an abstract name
    base::Fd const socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    void const* const raw = &address;
    [[maybe_unused]] auto const sent = ::sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | flags,
                                                static_cast<sockaddr const*>(raw), size);
}
} // namespace

ServiceManager::ServiceManager()
{
    constexpr std::uint64_t an_hour = 3'600'000'000;
    auto const* const pid = std::getenv("WATCHDOG_PID");
    auto const* const time = std::getenv("WATCHDOG_USEC");
    auto const microseconds = time ? base::parse_number(time, an_hour) : std::nullopt;
    if (microseconds && (!pid || pid == std::to_string(::getpid())))
        interval_ = std::chrono::milliseconds(*microseconds / 2000);
}

void ServiceManager::tell_ready() const { send("READY=1"); }
void ServiceManager::tell_alive() const
{
    if (interval_.count() > 0) send("WATCHDOG=1", MSG_DONTWAIT); // the next one comes soon
}

} // namespace service
