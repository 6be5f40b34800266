#include "setup-tui/wizard/address_probe.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "setup-tui/steps/suggestions.h"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstring>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <thread>

namespace setup::wizard
{

namespace
{
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto patience = 500ms;
constexpr auto between_looks = 25ms;
using V4 = std::array<std::uint8_t, 4>;

V4 v4_of(net::IpAddress const& address)
{
    V4 bytes{};
    std::memcpy(bytes.data(), address.bytes().data() + 12, bytes.size());
    return bytes;
}

/// The interface whose network has the address.
std::string interface_of(net::IpAddress const& address, RunningNetwork const& running)
{
    for (auto const& interface : running.interfaces)
        if (auto const network = net::Network::parse(interface.address); network && network->contains(address))
            return interface.name;
    return {};
}

ether_arp probe_for(V4 const& target, unsigned char const* own_mac)
{
    ether_arp packet{};
    packet.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
    packet.ea_hdr.ar_pro = htons(ETH_P_IP);
    packet.ea_hdr.ar_hln = ETH_ALEN;
    packet.ea_hdr.ar_pln = 4;
    packet.ea_hdr.ar_op = htons(ARPOP_REQUEST);
    std::memcpy(packet.arp_sha, own_mac, ETH_ALEN);
    // The sender's address stays 0.0.0.0: nobody may believe that we have the address already (RFC 5227 2.1.1).
    std::memcpy(packet.arp_tpa, target.data(), target.size());
    return packet;
}

/// Whether a packet that says "I am `target`" comes before the deadline.
bool hears(int socket, V4 const& target, Clock::time_point end)
{
    for (;;) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{socket, POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
        ether_arp packet{};
        auto const size = ::recv(socket, &packet, sizeof packet, 0);
        if (size == sizeof packet && std::memcmp(packet.arp_spa, target.data(), target.size()) == 0) return true;
    }
}

/// Nothing where this user may not send such packets, or the interface is none that has ARP.
std::optional<bool> ask_by_arp(std::string const& interface, V4 const& target)
{
    base::Fd const socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ARP)));
    ifreq request{};
    if (!socket || interface.size() >= sizeof request.ifr_name) return std::nullopt;
    std::memcpy(request.ifr_name, interface.data(), interface.size());
    if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0 || request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return std::nullopt;
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ETH_P_ARP);
    to.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    to.sll_halen = ETH_ALEN;
    std::memset(to.sll_addr, 0xff, ETH_ALEN);
    unsigned char mac[ETH_ALEN];
    std::memcpy(mac, request.ifr_hwaddr.sa_data, sizeof mac);
    auto const packet = probe_for(target, mac);
    auto const end = Clock::now() + patience;
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (::sendto(socket.get(), &packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0)
            return std::nullopt;
        if (hears(socket.get(), target, attempt == 0 ? Clock::now() + patience / 2 : end)) return true;
    }
    return false;
}

/// A complete entry of /proc/net/arp.
bool knows_neighbour(std::string const& address)
{
    constexpr std::size_t largest = 1 << 20;
    auto const table = base::read_file("/proc/net/arp", largest);
    if (!table) return false;
    for (auto const line : base::split(*table, '\n'))
        if (line.starts_with(address + " ") && line.find(" 0x2 ") != std::string_view::npos) return true;
    return false;
}

/// Sends a datagram to the discard port; the kernel looks for the neighbour to send it to.
bool ask_by_datagram(net::IpAddress const& address)
{
    base::Fd const socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(9);
    std::memcpy(&to.sin_addr, v4_of(address).data(), 4);
    if (!socket || ::sendto(socket.get(), "", 0, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0) return false;
    for (auto const end = Clock::now() + patience; Clock::now() < end; std::this_thread::sleep_for(between_looks))
        if (knows_neighbour(address.show())) return true;
    return false;
}
} // namespace

bool is_in_use(std::string const& text, std::string const& interface)
{
    auto const address = net::IpAddress::parse(text.substr(0, text.find('/')));
    if (!address || !address->is_v4() || address->is_loopback()) return false;
    auto const running = read_running_network();
    for (auto const& own : running.interfaces)
        if (own.address.substr(0, own.address.find('/')) == address->show()) return false;
    auto const nearest = interface_of(*address, running);
    auto const& way = interface.empty() ? nearest : interface;
    if (way.empty()) return false;
    if (auto const heard = ask_by_arp(way, v4_of(*address))) return *heard;
    return nearest.empty() ? false : ask_by_datagram(*address);
}

} // namespace setup::wizard
