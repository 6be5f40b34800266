#include "maild/dns/exchange.h"

#include "maild/dns/reply.h"

#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace maild::dns
{

namespace
{
constexpr std::size_t datagram_max = 4096;
/// Datagrams that are no reply to our question: beyond this somebody is guessing.
constexpr unsigned wrong_max = 20;

base::Fd connected_socket(net::Endpoint const& server)
{
    bool const v4 = server.address.is_v4();
    base::Fd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int result = -1;
    auto const& bytes = server.address.bytes();
    if (v4) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(server.port);
        std::memcpy(&to.sin_addr, bytes.data() + 12, 4);
        result = ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&to), sizeof to);
    } else {
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(server.port);
        std::memcpy(&to.sin6_addr, bytes.data(), 16);
        result = ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&to), sizeof to);
    }
    return result == 0 ? std::move(fd) : base::Fd();
}

bool wait_for_input(int fd, net::Deadline deadline)
{
    auto const left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) > 0;
}
} // namespace

std::optional<std::string> ask_by_udp(net::Endpoint const& server, std::string_view query, net::Deadline deadline)
{
    auto const socket = connected_socket(server);
    if (!socket || ::send(socket.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
    std::string message;
    for (unsigned wrong = 0; wrong < wrong_max && wait_for_input(socket.get(), deadline);) {
        message.resize(datagram_max);
        auto const got = ::recv(socket.get(), message.data(), message.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got < 0) return std::nullopt; // ICMP: nobody is there
        message.resize(static_cast<std::size_t>(got));
        if (is_reply_to(query, message)) return message;
        ++wrong;
    }
    return std::nullopt;
}

std::optional<std::string> ask_by_tcp(net::Endpoint const& server, std::string_view query, net::Deadline deadline)
{
    try {
        auto stream = net::Stream::connect(server, deadline);
        auto const size = query.size();
        stream.write(std::string{static_cast<char>(size >> 8U), static_cast<char>(size & 0xFFU)} +
                     std::string(query));
        std::string length;
        stream.read_exactly(length, 2, deadline);
        auto const high = static_cast<unsigned char>(length[0]);
        auto const low = static_cast<unsigned char>(length[1]);
        std::string message;
        stream.read_exactly(message, static_cast<std::size_t>(high) << 8U | low, deadline);
        return message;
    } catch (net::Disconnected const&) { // the same as no reply
        return std::nullopt;
    }
}

} // namespace maild::dns
