#include "maild/smtp/service.h"

#include "maild/smtp/session.h"

namespace maild::smtp
{

namespace
{
constexpr char const* refusal = "421 4.7.0 Too many connections, try again later\r\n";

void add(net::Server& server, std::vector<service::Socket> const& sockets,
         std::shared_ptr<net::TlsContext> const& tls, std::shared_ptr<Shared> const& shared, Purpose purpose)
{
    for (auto const& socket : sockets)
        server.add({.name = socket.name,
                    .socket = socket.fd,
                    .tls = tls,
                    .refusal = refusal,
                    .make_session = [shared, purpose](net::Stream stream, net::Wakeup) {
                        return std::make_unique<Session>(std::move(stream), shared, purpose);
                    }});
}
} // namespace

Service::Service(Context context) : shared_(std::make_shared<Shared>(std::move(context))) {}

void Service::add_relay(net::Server& server, std::vector<service::Socket> const& plain)
{
    add(server, plain, nullptr, shared_, Purpose::relay);
}

void Service::add_submission(net::Server& server, std::vector<service::Socket> const& plain,
                             std::vector<service::Socket> const& tls, std::vector<service::Socket> const& local)
{
    add(server, plain, nullptr, shared_, Purpose::submission);
    if (shared_->context.tls) add(server, tls, shared_->context.tls, shared_, Purpose::submission);
    add(server, local, nullptr, shared_, Purpose::submission);
}

} // namespace maild::smtp
