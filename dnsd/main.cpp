#include "appliance/daemon/daemon.h"
#include "dnsd/keep/keeper.h"
#include "dnsd/resolve/numbers.h"
#include "dnsd/serve/control.h"
#include "dnsd/serve/dot.h"
#include "dnsd/serve/keeper_link.h"
#include "dnsd/serve/tcp_server.h"
#include "dnsd/serve/udp_server.h"
#include "dnsd/serve/zone_watcher.h"
#include "dnsd/zone/limit_setting.h"

#include <unistd.h>

namespace
{
constexpr char const* keeper_socket = "run/keeper.sock";

std::vector<int> descriptors(std::vector<service::Socket> const& sockets)
{
    std::vector<int> list;
    for (auto const& socket : sockets) list.push_back(socket.fd);
    return list;
}

std::string or_default(std::string const& chosen, char const* usual) { return chosen.empty() ? usual : chosen; }

std::shared_ptr<net::TlsContext> open_dot(config::Config const& config)
{
    auto const found = config.listen.find("dot");
    if (found == config.listen.end() || found->second.empty()) return nullptr;
    return dnsd::open_dot(or_default(config.tls_certificate, "tls/server.crt"),
                          or_default(config.tls_key, "tls/server.key"));
}

/// Those without a rate limit: the school itself.
std::vector<net::Network> free_networks(config::Config const& config)
{
    auto networks = config.limits_exempt;
    networks.insert(networks.end(), config.trusted_networks.begin(), config.trusted_networks.end());
    return networks;
}

dnsd::ResponderOptions responder_options(config::Config const& config)
{
    dnsd::ResponderOptions options;
    options.version = "Kotakpos " KOTAKPOS_VERSION;
    options.server_id = config.hostname;
    options.recursion = !config.trusted_networks.empty();
    options.networks = config.trusted_networks;
    options.keeper = true;
    return options;
}

/// For names of others; none when nobody is trusted.
std::unique_ptr<dnsd::Resolver> make_resolver(config::Config const& config, dnsd::CurrentZones const& zones,
                                              dnsd::Responder const& responder)
{
    if (config.trusted_networks.empty()) return nullptr;
    dnsd::ResolverOptions options;
    options.trusted = config.trusted_networks;
    options.zones = [&zones](dnsd::Query const& query, std::span<char> room) {
        return dnsd::answer_from_zones(*zones.get(), query, room);
    };
    options.make_opt = [&responder](dnsd::Query const& query, dnsd::Client const& client) {
        bool good_cookie = false;
        return responder.make_opt(query, client, 0, good_cookie);
    };
    return std::make_unique<dnsd::Resolver>(std::move(options), dnsd::make_forwarder_watch("dns/dns.db"));
}

dnsd::TcpLimits tcp_limits(config::Config const& config)
{
    dnsd::TcpLimits limits;
    limits.exempt = config.limits_exempt;
    return limits;
}

std::size_t threads(config::Config const& config)
{
    return config.dns_threads > 0 ? config.dns_threads : std::max(1U, std::thread::hardware_concurrency());
}

/// Role `answer`: reads the zones and nothing else, and talks to everybody.
int answer(service::Daemon& daemon)
{
    auto const& config = daemon.config();
    auto const dot = open_dot(config); // before the files are closed to us
    daemon.confine({.read = {"dns", keeper_socket}, .write = {}});
    auto const udp_sockets = descriptors(daemon.sockets("dns-udp"));

    dnsd::CurrentZones zones;                                             // what is served now
    dnsd::Oversight oversight(udp_sockets.size(), free_networks(config)); // limits, counts, shows
    dnsd::ZoneWatcher watcher("dns/dns.db", zones, [&](db::Reader& dns) { // keeps them equal to the database
        oversight.rate_limit().set(dnsd::read_limit_setting(dns));
    });
    dnsd::KeeperLink keeper(keeper_socket); // what we may not decide
    dnsd::Responder const responder(responder_options(config));
    auto const resolver = make_resolver(config, zones, responder); // names of others, for the LAN
    dnsd::Backends const backends{.responder = responder,
                                  .zones = zones,
                                  .resolver = resolver.get(),
                                  .keeper = &keeper,
                                  .keeper_socket = keeper_socket,
                                  .oversight = &oversight};

    dnsd::UdpServer udp(udp_sockets, backends);
    dnsd::TcpServer tcp(threads(config), tcp_limits(config), backends);
    for (auto const& socket : daemon.sockets("dns-tcp")) tcp.add({socket.fd, nullptr});
    for (auto const& socket : daemon.sockets("dot")) {
        if (dot)
            tcp.add({socket.fd, dot});
        else
            ::close(socket.fd); // better refused than never answered
    }

    std::optional<dnsd::Control> control; // status and watch
    for (auto const& socket : daemon.sockets("dns-control-local"))
        control
            .emplace(socket.fd, oversight,
                     [&resolver] { return resolver ? dnsd::show_numbers(resolver->numbers()) : std::string(); })
            .start();

    watcher.start();
    keeper.start();
    if (resolver) resolver->start();
    udp.start();
    tcp.start();
    return daemon.serve_until_stopped();
}

/// Role `keeper`: has the keys and changes zones; strangers reach it only through the other process.
int keep(service::Daemon& daemon)
{
    auto const certificate = or_default(daemon.config().tls_certificate, "tls/server.crt");
    daemon.confine({.read = {certificate}, .write = {"dns", "dns-keys"}});
    auto const own = daemon.config().listen.find("dns");
    dnsd::Keeper keeper({.database = "dns/dns.db",
                         .keys = "dns-keys",
                         .certificate = certificate,
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
