#include "dnsd/serve/proxy_header.h"

#include "dnsd/serve/octets.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace dnsd
{

namespace
{
constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr char version_and_command = 0x21; // version 2, PROXY
constexpr unsigned ipv4 = 0x10, ipv6 = 0x20, stream = 0x01, datagram = 0x02;
constexpr std::size_t v4_size = 12, v6_size = 36;

char octet(std::size_t value) { return static_cast<char>(value & 0xFFU); }
} // namespace

std::string show_proxy_header(Client const& client)
{
    bool const v4 = client.address.is_v4();
    auto const& bytes = client.address.bytes();
    std::string header(signature);
    header += version_and_command;
    header += octet((v4 ? ipv4 : ipv6) | (client.transport == Transport::udp ? datagram : stream));
    header += '\0';
    header += octet(v4 ? v4_size : v6_size);
    for (std::size_t i = v4 ? 12 : 0; i < bytes.size(); ++i) header += octet(bytes[i]);
    header.append(v4 ? 4 : 16, '\0'); // the address that was asked: of no use to the keeper
    header += octet(client.port >> 8U);
    header += octet(client.port);
    header.append(2, '\0');
    return header;
}

std::optional<std::size_t> proxy_rest_size(std::string_view fixed)
{
    if (fixed.size() < proxy_fixed_size || !fixed.starts_with(signature) || fixed[12] != version_and_command)
        return std::nullopt;
    return number_at(fixed, 14);
}

std::optional<Client> parse_proxy_header(std::string_view header)
{
    auto const rest = proxy_rest_size(header);
    if (!rest || header.size() < proxy_fixed_size + *rest) return std::nullopt;
    auto const kind = byte_at(header, 13);
    bool const v4 = (kind & 0xF0U) == ipv4;
    if ((!v4 && (kind & 0xF0U) != ipv6) || *rest < (v4 ? v4_size : v6_size)) return std::nullopt;
    auto const body = header.substr(proxy_fixed_size);
    Client client;
    client.transport = (kind & 0x0FU) == datagram ? Transport::udp : Transport::tcp;
    client.port = number_at(body, v4 ? 8 : 32);
    if (v4) {
        client.address = net::IpAddress::from_v4(std::uint32_t{number_at(body, 0)} << 16U | number_at(body, 2));
        return client;
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, body.data(), 16);
    sockaddr_storage storage{};
    std::memcpy(&storage, &address, sizeof address);
    client.address = net::IpAddress::from_socket(static_cast<sockaddr const*>(static_cast<void const*>(&storage)));
    return client;
}

} // namespace dnsd
