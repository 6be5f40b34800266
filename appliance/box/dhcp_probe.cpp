// RFC 2131: is there another DHCP server? One question by broadcast, as a new PC asks it.

#include "appliance/box/dhcp.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"

#include <arpa/inet.h>
#include <chrono>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace box
{

namespace
{
using std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(3);
constexpr std::uint16_t server_port = 67, client_port = 68;
constexpr std::size_t options_at = 240, transaction_at = 4, hardware_at = 28; // RFC 2131 2
constexpr std::string_view magic("\x63\x82\x53\x63", 4);
constexpr char message_type = 53, server_identifier = 54, offer = 2, end = '\xff', pad = 0;

sockaddr_in endpoint(std::uint32_t address, std::uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_addr.s_addr = htonl(address);
    result.sin_port = htons(port);
    return result;
}

sockaddr const* general(sockaddr_in const& address)
{
    void const* const raw = &address;
    return static_cast<sockaddr const*>(raw);
}

/// The hardware address of the interface; empty: there is none.
std::string hardware_of(int socket, std::string const& interface)
{
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket, SIOCGIFHWADDR, &request) != 0) return {};
    return {request.ifr_hwaddr.sa_data, 6};
}
} // namespace

std::string dhcp_discover(std::string_view transaction, std::string_view hardware)
{
    std::string packet(options_at, '\0');
    packet[0] = 1; // a request
    packet[1] = 1; // Ethernet
    packet[2] = 6;
    packet[10] = '\x80'; // answer by broadcast: we have no address there
    packet.replace(transaction_at, 4, transaction.substr(0, 4));
    packet.replace(hardware_at, 6, hardware.substr(0, 6));
    packet.replace(options_at - magic.size(), magic.size(), magic);
    return packet + message_type + '\x01' + '\x01' + end;
}

std::optional<net::IpAddress> server_of_offer(std::string_view packet, std::string_view transaction)
{
    bool const is_answer = packet.size() > options_at && packet[0] == 2 &&
                           packet.substr(transaction_at, 4) == transaction &&
                           packet.substr(options_at - magic.size(), magic.size()) == magic;
    if (!is_answer) return std::nullopt;
    bool is_offer = false;
    std::optional<net::IpAddress> server;
    for (auto rest = packet.substr(options_at); !rest.empty() && rest[0] != end;) {
        if (rest[0] == pad) {
            rest.remove_prefix(1);
            continue;
        }
        if (rest.size() < 2) return std::nullopt;
        auto const length = static_cast<std::size_t>(static_cast<unsigned char>(rest[1]));
        if (rest.size() < 2 + length) return std::nullopt;
        auto const value = rest.substr(2, length);
        if (rest[0] == message_type) is_offer = value == std::string_view(&offer, 1);
        if (rest[0] == server_identifier && length == 4) {
            std::uint32_t number = 0;
            for (char const octet : value) number = number << 8 | static_cast<unsigned char>(octet);
            server = net::IpAddress::from_v4(number);
        }
        rest.remove_prefix(2 + length);
    }
    return is_offer ? server : std::nullopt;
}

std::optional<net::IpAddress> other_dhcp_server(std::string const& interface)
{
    base::Fd const socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return std::nullopt;
    int const yes = 1;
    auto const here = endpoint(INADDR_ANY, client_port), there = endpoint(INADDR_BROADCAST, server_port);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                     static_cast<socklen_t>(interface.size())) != 0 ||
        ::bind(socket.get(), general(here), sizeof here) != 0)
        return std::nullopt;
    auto const hardware = hardware_of(socket.get(), interface);
    auto const transaction = base::random_bytes(4);
    if (hardware.empty()) return std::nullopt;
    auto const packet = dhcp_discover(transaction, hardware);
    if (::sendto(socket.get(), packet.data(), packet.size(), 0, general(there), sizeof there) < 0)
        return std::nullopt;
    for (auto const until = steady_clock::now() + patience; steady_clock::now() < until;) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
        pollfd watched{socket.get(), POLLIN, 0};
        if (::poll(&watched, 1, static_cast<int>(left.count())) <= 0) break;
        char buffer[1500];
        auto const count = ::recv(socket.get(), buffer, sizeof buffer, 0);
        if (count <= 0) continue;
        if (auto const server = server_of_offer({buffer, static_cast<std::size_t>(count)}, transaction))
            return server;
    }
    return std::nullopt;
}

} // namespace box
