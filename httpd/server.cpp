#include "httpd/server.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"
#include "appliance/net/server.h"
#include "httpd/http_session.h"
#include "httpd/limits.h"

#include <array>
#include <chrono>
#include <deque>
#include <sys/stat.h>

namespace httpd
{

namespace
{
using Clock = std::chrono::steady_clock;

/// The certificate of now: one that was renewed serves the next connection, without a restart. One thread asks.
class CurrentTls
{
public:
    explicit CurrentTls(TlsFiles files)
        : files_(std::move(files)), seen_(look()), context_(net::TlsContext::server(files_.certificate, files_.key))
    {
    }

    std::shared_ptr<net::TlsContext> context()
    {
        constexpr auto pause = std::chrono::seconds(1);
        if (Clock::now() - looked_ < pause) return context_;
        looked_ = Clock::now();
        auto const now = look();
        if (now == seen_) return context_;
        try {
            context_ = net::TlsContext::server(files_.certificate, files_.key);
            base::log(base::Level::info, "", "certificate-renewed", {{"file", files_.certificate}});
        } catch (base::Failure const& failure) { // half of it is there: the old one serves until the rest comes
            base::log(base::Level::warning, "", "certificate-unusable", {{"why", failure.what()}});
        }
        seen_ = now;
        return context_;
    }

private:
    using Moment = std::array<long long, 3>;
    static Moment look(std::string const& file)
    {
        struct stat status {
        };
        if (::stat(file.c_str(), &status) != 0) return {};
        return {static_cast<long long>(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    }
    std::pair<Moment, Moment> look() const { return {look(files_.certificate), look(files_.key)}; }

    TlsFiles files_;
    std::pair<Moment, Moment> seen_;
    std::shared_ptr<net::TlsContext> context_;
    Clock::time_point looked_ = Clock::now();
};

net::ConnectionLimits connection_limits(std::vector<net::Network> exempt)
{
    return {.total = limits::connections,
            .per_address = limits::connections_per_address,
            .exempt = std::move(exempt),
            .waiting = limits::slow_readers};
}
} // namespace

class WebServer::Implementation
{
public:
    Implementation(std::size_t largest_body, std::vector<net::Network> exempt, AccessLog& log)
        : largest_body_(largest_body), log_(log), server_(limits::workers, connection_limits(std::move(exempt)))
    {
    }

    void listen(service::Socket const& socket, std::shared_ptr<CurrentTls> tls, Handler handler)
    {
        parts_.push_back({std::move(handler), largest_body_, &memory_, &log_});
        auto const& parts = parts_.back();
        net::Listener listener;
        listener.name = tls ? "https" : "http";
        listener.socket = socket.fd;
        listener.make_session = [tls = std::move(tls), &parts](net::Stream stream, net::Wakeup const&) {
            if (tls) stream.begin_tls_server(*tls->context(), net::after(limits::handshake));
            return std::make_unique<HttpSession>(std::move(stream), parts);
        };
        server_.add(std::move(listener));
    }

    net::Server& server() { return server_; }

private:
    std::size_t largest_body_;
    AccessLog& log_;
    BodyMemory memory_{limits::body_memory};
    std::deque<ServerParts> parts_; ///< a deque: sessions keep references
    net::Server server_;            ///< last: its sessions go first
};

WebServer::WebServer(std::size_t largest_body, std::vector<net::Network> exempt, AccessLog& log)
    : implementation_(std::make_unique<Implementation>(largest_body, std::move(exempt), log))
{
}
WebServer::~WebServer() = default;

void WebServer::listen(std::vector<service::Socket> const& sockets, TlsFiles const* tls, Handler handler)
{
    std::shared_ptr<CurrentTls> current;
    if (tls && !sockets.empty()) current = std::make_shared<CurrentTls>(*tls);
    for (auto const& socket : sockets) implementation_->listen(socket, current, handler);
}

void WebServer::start() { implementation_->server().start(); }
void WebServer::stop() { implementation_->server().stop(); }

} // namespace httpd
