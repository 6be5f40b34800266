// The way to a policy host: one GET over TLS (RFC 8461 3.3). Over our own stream, for its deadlines hold for all of
// it, however slowly the bytes come; what the answer means is Poco's.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "maild/limits.h"
#include "maild/remote/sts.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>
#include <istream>
#include <sstream>

namespace maild::remote
{

namespace
{
/// The whole answer: HTTP/1.0 has no chunks, and its end is the connection's. Throws Disconnected.
std::string ask(net::TlsContext& tls, std::string const& host, net::Endpoint const& server, net::Deadline deadline)
{
    auto stream = net::Stream::connect(server, deadline);
    net::TlsPeer const peer{.name = host, .verify = true};
    stream.start_tls_client(tls, peer, deadline);
    stream.write("GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: " + host + "\r\n\r\n");
    try {
        while (stream.fill(limits::sts_policy_size, deadline)) {
        }
    } catch (net::Disconnected const&) { // the end, unless it is only slow
        if (std::chrono::steady_clock::now() >= deadline) throw;
        return std::string(stream.buffered());
    }
    throw net::Disconnected("the policy is too long");
}

/// 200 and text/plain, else it is no policy; a redirect is none (3.3).
std::optional<std::string> policy_in(std::string const& answer, std::string const& host)
{
    std::istringstream stream(answer);
    Poco::Net::HTTPResponse response;
    response.read(stream);
    auto const type = base::lower(response.getContentType());
    if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_OK || !type.starts_with("text/plain")) {
        base::log(base::Level::warning, "", "sts-fetch-failed",
                  {{"host", host}, {"why", std::to_string(response.getStatus()) + ' ' + type}});
        return std::nullopt;
    }
    std::string const text(std::istreambuf_iterator<char>(stream), {});
    bool const is_cut =
        response.hasContentLength() && text.size() != static_cast<std::size_t>(response.getContentLength64());
    return is_cut ? std::nullopt : std::optional(text);
}
} // namespace

StsFetch make_sts_fetch(dns::Resolver& resolver, std::uint16_t port, std::chrono::milliseconds wait)
{
    return [&resolver, port, wait,
            tls = std::make_shared<net::StrangersTls>()](std::string const& domain) -> std::optional<std::string> {
        auto const deadline = net::after(wait); // for all addresses together
        auto const host = "mta-sts." + domain;
        auto const failed = [&](net::IpAddress const& address, std::string const& why) {
            base::log(base::Level::warning, "", "sts-fetch-failed",
                      {{"host", host}, {"address", address.show()}, {"why", why}});
        };
        for (auto const type : {dns::Type::a, dns::Type::aaaa})
            for (auto const& address : dns::addresses(resolver.query(host, type))) {
                try {
                    return policy_in(ask(tls->context(), host, {address, port}, deadline), host);
                } catch (net::Disconnected const& error) { // the next address may do
                    failed(address, error.what());
                } catch (Poco::Exception const& error) { // no answer of HTTP
                    failed(address, error.displayText());
                }
            }
        return std::nullopt;
    };
}

} // namespace maild::remote
