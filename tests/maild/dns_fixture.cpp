#include "tests/maild/dns_fixture.h"

#include "appliance/base/text.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace support
{

namespace
{
constexpr std::size_t header = 12;

std::string number(unsigned value, int octets)
{
    std::string bytes;
    for (int i = octets; i-- > 0;) bytes += static_cast<char>(value >> (8U * static_cast<unsigned>(i)));
    return bytes;
}

std::string question(std::string const& query)
{
    auto end = header;
    while (query[end] != '\0') end += static_cast<unsigned char>(query[end]) + 1U;
    return query.substr(header, end + 5 - header);
}

std::string shown(std::string const& asked)
{
    static std::map<int, std::string> const types = {{1, "A"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {52, "TLSA"}};
    std::string text;
    for (std::size_t at = 0; asked[at] != '\0'; at += static_cast<unsigned char>(asked[at]) + 1U)
        text += (text.empty() ? "" : ".") + asked.substr(at + 1, static_cast<unsigned char>(asked[at]));
    return base::lower(text) + ' ' + types.at(asked[asked.size() - 3]);
}
} // namespace

std::string wire(std::string const& name)
{
    std::string bytes;
    for (auto const label : base::split(name, '.')) bytes += static_cast<char>(label.size()) + std::string(label);
    return bytes + '\0';
}

std::string record(std::string const& owner, unsigned type, unsigned ttl, std::string const& data)
{
    return wire(owner) + number(type, 2) + number(1, 2) + number(ttl, 4) +
           number(static_cast<unsigned>(data.size()), 2) + data;
}

std::string reply(std::string const& query, unsigned code, std::vector<std::string> const& answers, bool authority)
{
    auto message = query.substr(0, 2) + number(0x81A0U | code, 2) + number(1, 2) +
                   number(static_cast<unsigned>(answers.size()), 2) + number(authority ? 1 : 0, 2) + number(0, 2) +
                   question(query);
    for (auto const& one : answers) message += one;
    if (authority)
        message += record("example", 6, 60,
                          wire("ns.example") + wire("root.example") + number(1, 4) + number(1, 4) + number(1, 4) +
                              number(1, 4) + number(60, 4));
    return message;
}

DnsServer::DnsServer() : wake_(::eventfd(0, EFD_CLOEXEC))
{
    for (int tries = 0; tries < 100; ++tries) { // the same port for both
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        udp_ = base::Fd(::socket(AF_INET, SOCK_DGRAM, 0));
        tcp_ = base::Fd(::socket(AF_INET, SOCK_STREAM, 0));
        ::bind(udp_.get(), generic, size);
        ::getsockname(udp_.get(), generic, &size);
        port_ = ntohs(address.sin_port);
        if (::bind(tcp_.get(), generic, size) != 0 || ::listen(tcp_.get(), 5) != 0) continue;
        thread_ = std::thread([this] { serve(); });
        return;
    }
    throw std::runtime_error("no port for UDP and TCP");
}

void DnsServer::stop()
{
    if (!thread_.joinable()) return;
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
    udp_.reset();
    tcp_.reset();
}

unsigned DnsServer::asked(std::string const& name)
{
    std::lock_guard const lock(mutex_);
    return asked_[name];
}

unsigned DnsServer::asked_by_tcp()
{
    std::lock_guard const lock(mutex_);
    return by_tcp_;
}

std::string DnsServer::answer(std::string const& query, bool tcp)
{
    std::lock_guard const lock(mutex_);
    auto const asked = shown(question(query));
    ++asked_[asked];
    if (tcp) ++by_tcp_;
    bool const has_edns = query[11] != '\0';
    if (has_edns && !knows_edns) return reply(query, 1, {});
    if (code != 0) return reply(query, code, {});
    auto const found = answers.find(asked);
    // The name exists when there is anything at it.
    auto const owner = asked.substr(0, asked.find(' ') + 1);
    auto const any = answers.lower_bound(owner);
    bool const exists = any != answers.end() && any->first.starts_with(owner);
    auto message = found != answers.end() ? reply(query, 0, found->second) : reply(query, exists ? 0 : 3, {}, true);
    if (!authentic) message[3] = static_cast<char>(message[3] & ~0x20);
    if (truncates && !tcp) message[2] = static_cast<char>(message[2] | 0x02);
    return message;
}

void DnsServer::serve()
{
    std::string bytes;
    for (;;) {
        pollfd waiting[3] = {{wake_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
        ::poll(waiting, 3, -1);
        if (waiting[0].revents != 0) return;
        bytes.resize(4096);
        if (waiting[1].revents != 0) {
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            auto* generic = reinterpret_cast<sockaddr*>(&from);
            auto const got = ::recvfrom(udp_.get(), bytes.data(), bytes.size(), 0, generic, &size);
            auto const message = answer(bytes.substr(0, static_cast<std::size_t>(got)), false);
            ::sendto(udp_.get(), message.data(), message.size(), 0, generic, size);
        }
        if (waiting[2].revents != 0) {
            base::Fd const client(::accept(tcp_.get(), nullptr, nullptr));
            auto const got = ::recv(client.get(), bytes.data(), bytes.size(), 0);
            auto message = answer(bytes.substr(2, static_cast<std::size_t>(got) - 2), true);
            message.insert(0, number(static_cast<unsigned>(message.size()), 2));
            ::send(client.get(), message.data(), message.size(), MSG_NOSIGNAL);
        }
    }
}

} // namespace support
