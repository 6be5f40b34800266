#include "appliance/daemon/daemon.h"
#include "appliance/net/server.h"
#include "dnsd/serve/query.h"
#include "dnsd/serve/tcp_session.h"
#include "dnsd/serve/udp_server.h"
#include "dnsd/serve/zone_watcher.h"

namespace
{
constexpr std::size_t tcp_workers = 4;
net::ConnectionLimits tcp_limits(std::vector<net::Network> exempt) { return {10000, 100, std::move(exempt)}; }

std::vector<int> descriptors(std::vector<service::Socket> const& sockets)
{
    std::vector<int> list;
    for (auto const& socket : sockets) list.push_back(socket.fd);
    return list;
}
} // namespace

int main(int argc, char** argv)
{
    return service::guarded("dnsd", [&] {
        service::Daemon daemon(argc, argv, "dnsd", {});
        daemon.confine({.read = {"school"}, .write = {}});

        dnsd::CurrentZones zones;                             // what is served now
        dnsd::ZoneWatcher watcher("school/school.db", zones); // keeps it equal to the school database
        dnsd::Responder const responder("Kotakpos " KOTAKPOS_VERSION, daemon.config().hostname);

        dnsd::UdpServer udp(descriptors(daemon.sockets("dns-udp")), responder, zones);
        net::Server tcp(tcp_workers, tcp_limits(daemon.config().limits_exempt));
        for (auto const& socket : daemon.sockets("dns-tcp"))
            tcp.add({"dns-tcp", socket.fd, nullptr, "", [&](net::Stream stream, net::Wakeup) {
                         return std::make_unique<dnsd::TcpSession>(std::move(stream), responder, zones);
                     }});

        watcher.start();
        udp.start();
        tcp.start();
        return daemon.serve_until_stopped();
    });
}
