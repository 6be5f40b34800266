#include "appliance/daemon/daemon.h"
#include "appliance/net/server.h"
#include "dnsd/keep/keeper.h"
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

/// Role `answer`: reads the zones and nothing else, and talks to everybody.
int answer(service::Daemon& daemon)
{
    daemon.confine({.read = {"school", "dns", "run/keeper.sock"}, .write = {}});

    dnsd::CurrentZones zones;                             // what is served now
    dnsd::ZoneWatcher watcher("school/school.db", zones); // keeps it equal to the school database
    dnsd::Responder const responder("Kotakpos " KOTAKPOS_VERSION, daemon.config().hostname);
    dnsd::Backends const backends{.responder = responder, .zones = zones};

    dnsd::UdpServer udp(descriptors(daemon.sockets("dns-udp")), backends);
    net::Server tcp(tcp_workers, tcp_limits(daemon.config().limits_exempt));
    for (auto const& socket : daemon.sockets("dns-tcp"))
        tcp.add({"dns-tcp", socket.fd, nullptr, "", [&](net::Stream stream, net::Wakeup) {
                     return std::make_unique<dnsd::TcpSession>(std::move(stream), responder, zones);
                 }});

    watcher.start();
    udp.start();
    tcp.start();
    return daemon.serve_until_stopped();
}

/// Role `keeper`: has the keys and changes zones; strangers reach it only through the other process.
int keep(service::Daemon& daemon)
{
    daemon.confine({.read = {"tls/server.crt"}, .write = {"dns", "dns-keys"}});
    auto const own = daemon.config().listen.find("dns");
    dnsd::Keeper keeper({.database = "dns/dns.db",
                         .keys = "dns-keys",
                         .dns = own == daemon.config().listen.end() ? std::vector<net::Endpoint>{} : own->second});
    for (auto const& socket : daemon.sockets("dns-keeper-local")) keeper.listen(socket.fd);
    keeper.start();
    return daemon.serve_until_stopped();
}
} // namespace

int main(int argc, char** argv)
{
    return service::guarded("dnsd", [&] {
        service::Daemon daemon(argc, argv, "dnsd", {"answer", "keeper"});
        return daemon.has_role("keeper") && !daemon.has_role("answer") ? keep(daemon) : answer(daemon);
    });
}
