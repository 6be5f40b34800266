#include "dnsd/keep/keeper_session.h"

#include "dnsd/keep/dns_client.h"
#include "dnsd/serve/proxy_header.h"

namespace dnsd
{

namespace
{
/// The answering process sends all of it at once.
constexpr std::chrono::seconds request_limit{2};
/// A secondary that takes nothing for so long is left (the answering process waits less).
constexpr std::chrono::seconds write_limit{20};
} // namespace

KeeperSession::KeeperSession(net::Stream stream, Desk const& desk) : stream_(std::move(stream)), desk_(desk)
{
    stream_.set_write_timeout(write_limit);
}

std::chrono::milliseconds KeeperSession::idle_timeout() const { return request_limit; }

net::Next KeeperSession::run()
{
    auto const deadline = net::after(request_limit);
    std::string header;
    stream_.read_exactly(header, proxy_fixed_size, deadline);
    auto const rest = proxy_rest_size(header);
    if (!rest) return net::Next::close;
    stream_.read_exactly(header, *rest, deadline);
    auto const client = parse_proxy_header(header);
    if (!client) return net::Next::close;
    auto message = read_message(stream_, deadline);
    desk_.handle(std::move(message), *client, [this](std::string const& reply) { write_message(stream_, reply); });
    return net::Next::close;
}

} // namespace dnsd
