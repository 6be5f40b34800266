#include "appliance/daemon/hand_over.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace service
{

namespace
{
constexpr std::size_t most_descriptors = 253; // Linux's SCM_MAX_FD
constexpr std::size_t longest_text = 32768;

/// One message: the sockets' text (with places in the list for descriptors), and the descriptors.
struct Envelope {
    explicit Envelope(std::size_t size) : text(size, '\0'), control(CMSG_SPACE(most_descriptors * sizeof(int)), '\0')
    {
        part.iov_base = text.data();
        part.iov_len = text.size();
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
    }
    std::string text;
    std::string control;
    iovec part{};
    msghdr header{};
};

base::Error broken(std::string const& place)
{
    return base::failed(place, "the supervisor hands nothing over", "start the appliance with 'kotakpos run'");
}

/// Descriptors that came; empty: none.
std::vector<int> descriptors_of(msghdr& header)
{
    auto const* const first = CMSG_FIRSTHDR(&header);
    if (!first || first->cmsg_type != SCM_RIGHTS || first->cmsg_len < CMSG_LEN(0)) return {};
    std::vector<int> found((first->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(found.data(), CMSG_DATA(first), found.size() * sizeof(int));
    return found;
}
} // namespace

base::Result<void> give(int line, HandOver const& what)
{
    std::vector<int> descriptors = {what.config_file, what.ready};
    auto numbered = what.sockets;
    for (auto& socket : numbered) {
        descriptors.push_back(socket.fd);
        socket.fd = static_cast<int>(descriptors.size()) - 1;
    }
    if (descriptors.size() > most_descriptors)
        return base::failed("hand-over", "there are too many sockets", "write fewer addresses into kotakpos.conf");
    Envelope envelope(0);
    envelope.text = show_sockets(numbered) + "\n"; // an empty message would look like the end
    envelope.part = {envelope.text.data(), envelope.text.size()};
    auto const bytes = descriptors.size() * sizeof(int);
    envelope.header.msg_controllen = CMSG_SPACE(bytes);
    auto* const first = CMSG_FIRSTHDR(&envelope.header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(first), descriptors.data(), bytes);
    if (::sendmsg(line, &envelope.header, MSG_NOSIGNAL) < 0) return base::failed("hand-over", std::strerror(errno));
    return {};
}

base::Fd fetch(std::string const& place, HandOver& what)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    place.copy(address.sun_path, sizeof address.sun_path - 1);
    void const* const raw = &address;
    base::Fd line(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!line || ::connect(line.get(), static_cast<sockaddr const*>(raw), sizeof address) != 0)
        throw base::Failure(broken(place));
    Envelope envelope(longest_text);
    auto const size = ::recvmsg(line.get(), &envelope.header, MSG_CMSG_CLOEXEC);
    auto const descriptors = descriptors_of(envelope.header);
    if (size <= 0 || descriptors.size() < 2) throw base::Failure(broken(place));
    what.config_file = descriptors[0];
    what.ready = descriptors[1];
    envelope.text.resize(static_cast<std::size_t>(size) - 1);
    what.sockets = parse_sockets(envelope.text);
    for (auto& socket : what.sockets) socket.fd = descriptors.at(static_cast<std::size_t>(socket.fd));
    return line;
}

} // namespace service
