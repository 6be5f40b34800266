#include "appliance/cli/probe.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace cli
{

namespace
{
constexpr std::size_t header_size = 12;
constexpr std::size_t largest_reply = 4096;

void put16(std::string& to, std::uint16_t value)
{
    to += static_cast<char>(value >> 8U);
    to += static_cast<char>(value & 0xFFU);
}

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
unsigned get16(std::string_view bytes, std::size_t at) { return byte_at(bytes, at) << 8U | byte_at(bytes, at + 1); }

base::Fd connect_udp(net::Endpoint const& server)
{
    bool const v4 = server.address.is_v4();
    base::Fd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address4{};
    address4.sin_family = AF_INET;
    address4.sin_port = htons(server.port);
    std::memcpy(&address4.sin_addr, server.address.bytes().data() + 12, 4);
    sockaddr_in6 address6{};
    address6.sin6_family = AF_INET6;
    address6.sin6_port = htons(server.port);
    std::memcpy(&address6.sin6_addr, server.address.bytes().data(), 16);
    auto const* address =
        v4 ? reinterpret_cast<sockaddr const*>(&address4) : reinterpret_cast<sockaddr const*>(&address6);
    socklen_t const size = v4 ? sizeof address4 : sizeof address6;
    if (!socket || ::connect(socket.get(), address, size) != 0) throw net::Disconnected(std::strerror(errno));
    return socket;
}

std::uint16_t random_id() { return static_cast<std::uint16_t>(get16(base::random_bytes(2), 0)); }

Answer judge(std::string_view question, std::string_view reply, std::chrono::steady_clock::time_point begin)
{
    auto const problem = dns_problem(question, reply);
    std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begin;
    return {problem.empty(), problem, took.count()};
}
} // namespace

std::string dns_question(std::uint16_t id, std::string const& name, DnsType type)
{
    std::string question;
    put16(question, id);
    constexpr std::uint16_t flags_and_counts[] = {0, 1, 0, 0, 0}; // one question
    for (auto const field : flags_and_counts) put16(question, field);
    for (auto const label : base::split(name, '.')) {
        if (label.empty() || label.size() > 63) continue;
        question += static_cast<char>(label.size());
        question += label;
    }
    question += '\0';
    put16(question, static_cast<std::uint16_t>(type));
    put16(question, 1); // IN
    return question;
}

std::string dns_problem(std::string_view question, std::string_view reply)
{
    if (reply.size() < question.size()) return "the reply is too short";
    if (get16(reply, 0) != get16(question, 0) || (byte_at(reply, 2) & 0x80U) == 0)
        return "the reply is to something else";
    if (unsigned const code = byte_at(reply, 3) & 0x0FU; code != 0)
        return "the reply is an error, code " + std::to_string(code);
    if (!base::equal_ignoring_case(reply.substr(header_size, question.size() - header_size),
                                   question.substr(header_size)))
        return "the reply is to something else";
    return get16(reply, 6) == 0 ? "the reply has no record in it" : "";
}

Answer ask_dns(net::Endpoint const& server, std::string const& name, DnsType type, std::chrono::milliseconds patience)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const socket = connect_udp(server);
    auto const question = dns_question(random_id(), name, type);
    if (::send(socket.get(), question.data(), question.size(), 0) < 0) throw net::Disconnected(std::strerror(errno));
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) throw net::Disconnected("there is no answer");
    char buffer[largest_reply];
    auto const size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size < 0) throw net::Disconnected(std::strerror(errno));
    return judge(question, {buffer, static_cast<std::size_t>(size)}, begin);
}

Answer ask_dns_over_tls(net::Endpoint const& server, std::string const& name, DnsType type,
                        std::chrono::milliseconds patience)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const deadline = begin + patience;
    auto stream = net::Stream::connect(server, deadline);
    stream.start_tls_client(*net::TlsContext::client(""), "", deadline);
    auto const question = dns_question(random_id(), name, type);
    std::string framed;
    put16(framed, static_cast<std::uint16_t>(question.size()));
    stream.write(framed + question);
    stream.flush();
    std::string length, reply;
    stream.read_exactly(length, 2, deadline);
    stream.read_exactly(reply, get16(length, 0), deadline);
    stream.close();
    return judge(question, reply, begin);
}

} // namespace cli
