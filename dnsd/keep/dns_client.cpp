#include "dnsd/keep/dns_client.h"

#include "appliance/base/secret.h"
#include "dnsd/zone/name.h"

#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace dnsd
{

namespace
{
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;

    sockaddr* generic() { return static_cast<sockaddr*>(static_cast<void*>(&storage)); }
};

SocketAddress socket_address(net::Endpoint const& endpoint)
{
    SocketAddress address;
    auto const& bytes = endpoint.address.bytes();
    if (endpoint.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, bytes.data() + 12, 4);
        std::memcpy(&address.storage, &v4, address.size = sizeof v4);
        return address;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), 16);
    std::memcpy(&address.storage, &v6, address.size = sizeof v6);
    return address;
}

net::Endpoint endpoint_from(SocketAddress& address)
{
    net::Endpoint endpoint{net::IpAddress::from_socket(address.generic()), 0};
    sockaddr_in v4{}; // the port is at the same place in both
    std::memcpy(&v4, &address.storage, sizeof v4);
    endpoint.port = ntohs(v4.sin_port);
    return endpoint;
}

bool is_any(net::IpAddress const& address)
{
    return address == net::IpAddress() || address == net::IpAddress::from_v4(0);
}

bool is_reply_to(std::string_view reply, std::string_view message)
{
    return reply.size() >= 12 && reply.substr(0, 2) == message.substr(0, 2) && (byte_at(reply, 2) & 0x80U) != 0;
}
} // namespace

net::Endpoint reachable(net::Endpoint listening)
{
    if (!is_any(listening.address)) return listening;
    listening.address = listening.address.is_v4() ? net::IpAddress::from_v4(0x7F000001)
                                                  : net::IpAddress::parse("::1").value_or(net::IpAddress());
    return listening;
}

std::uint16_t random_id()
{
    auto const bytes = base::random_bytes(2);
    return static_cast<std::uint16_t>(byte_at(bytes, 0) << 8U | byte_at(bytes, 1));
}

void write_message(net::Stream& stream, std::string_view message)
{
    char const length[] = {static_cast<char>(message.size() >> 8U & 0xFFU),
                           static_cast<char>(message.size() & 0xFFU)};
    stream.write({length, sizeof length});
    stream.write(message);
}

std::string read_message(net::Stream& stream, net::Deadline deadline)
{
    std::string message;
    stream.read_exactly(message, 2, deadline);
    auto const size = byte_at(message, 0) << 8U | byte_at(message, 1);
    message.clear();
    stream.read_exactly(message, size, deadline);
    return message;
}

std::optional<std::string> ask_tcp(net::Endpoint const& server, std::string_view message,
                                   std::chrono::milliseconds limit)
{
    try {
        auto const deadline = net::after(limit);
        auto stream = net::Stream::connect(server, deadline);
        write_message(stream, message);
        stream.flush();
        auto reply = read_message(stream, deadline);
        if (is_reply_to(reply, message)) return reply;
    } catch (net::Disconnected const&) { // as if there were nobody
    }
    return std::nullopt;
}

std::optional<std::string> ask_udp(net::Endpoint const& server, std::string_view message,
                                   std::chrono::milliseconds limit, unsigned times)
{
    auto const socket = open_udp({}, server.address.is_v4());
    if (!socket) return std::nullopt;
    for (unsigned i = 0; i < times; ++i) {
        if (!send_to(socket.get(), server, message)) return std::nullopt;
        auto const deadline = net::after(limit);
        for (;;) {
            auto const left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            pollfd waiting{socket.get(), POLLIN, 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) break;
            auto received = receive_from(socket.get());
            if (received && received->from == server && is_reply_to(received->message, message))
                return std::move(received->message);
        }
    }
    return std::nullopt;
}

base::Fd open_udp(net::IpAddress const& from, bool v4)
{
    base::Fd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket || is_any(from) || from.is_v4() != v4) return socket;
    auto address = socket_address({from, 0});
    if (::bind(socket.get(), address.generic(), address.size) != 0) return {};
    return socket;
}

bool send_to(int socket, net::Endpoint const& to, std::string_view message)
{
    auto address = socket_address(to);
    return ::sendto(socket, message.data(), message.size(), 0, address.generic(), address.size) >= 0;
}

std::optional<Received> receive_from(int socket)
{
    Received received{std::string(65535, '\0'), {}};
    SocketAddress address;
    auto const size =
        ::recvfrom(socket, received.message.data(), received.message.size(), 0, address.generic(), &address.size);
    if (size < 0) return std::nullopt;
    received.message.resize(static_cast<std::size_t>(size));
    received.from = endpoint_from(address);
    return received;
}

} // namespace dnsd
