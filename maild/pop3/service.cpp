#include "maild/pop3/service.h"

#include "maild/pop3/session.h"

namespace maild::pop3
{

void add_listeners(net::Server& server, std::vector<service::Socket> const& plain,
                   std::vector<service::Socket> const& tls, Context context)
{
    auto const make = [context](net::Stream stream, net::Wakeup wakeup) {
        return std::make_unique<Session>(std::move(stream), std::move(wakeup), context);
    };
    std::string const refusal = "-ERR [SYS/TEMP] Too many connections; try again later\r\n";
    for (auto const& socket : plain) server.add({"pop3", socket.fd, nullptr, refusal, make});
    if (!context.tls) return;
    for (auto const& socket : tls) server.add({"pop3s", socket.fd, context.tls, refusal, make});
}

} // namespace maild::pop3
