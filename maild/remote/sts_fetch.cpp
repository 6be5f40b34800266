// The way to a policy host: HTTPS by Poco, over addresses of our own resolver.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/remote/sts.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/SecureStreamSocket.h>

namespace maild::remote
{

namespace
{
constexpr std::uint16_t https_port = 443;
constexpr std::chrono::seconds read_wait{10};

Poco::Net::Context::Ptr tls_context()
{
    constexpr int depth = 9;
    return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", "", Poco::Net::Context::VERIFY_STRICT,
                                  depth, true);
}

/// 3.3: 200 and text/plain, else it is no policy. One byte at a time, for the deadline's sake.
std::optional<std::string> read_policy(std::istream& stream, std::chrono::steady_clock::time_point deadline)
{
    std::string text;
    for (int c = 0; (c = stream.get()) != std::char_traits<char>::eof();) {
        text += static_cast<char>(c);
        if (text.size() > limits::sts_policy_size || std::chrono::steady_clock::now() > deadline) return std::nullopt;
    }
    return text;
}

std::optional<std::string> fetch_from(std::string const& host, net::IpAddress const& address)
{
    auto const deadline = std::chrono::steady_clock::now() + limits::sts_fetch_wait;
    Poco::Timespan const wait(read_wait.count(), 0);
    Poco::Net::SecureStreamSocket socket(tls_context());
    socket.setPeerHostName(host);
    socket.connect(Poco::Net::SocketAddress(address.show(), https_port), wait);
    socket.setReceiveTimeout(wait);
    Poco::Net::HTTPSClientSession session(socket);
    session.setTimeout(wait);
    Poco::Net::HTTPRequest request("GET", "/.well-known/mta-sts.txt", "HTTP/1.1");
    request.setHost(host);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    auto& stream = session.receiveResponse(response);
    auto const type = base::lower(response.getContentType());
    bool const is_policy = response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK && type.starts_with("text/plain");
    if (!is_policy) {
        base::log(base::Level::warning, "", "sts-fetch-failed",
                  {{"host", host}, {"why", std::to_string(response.getStatus()) + ' ' + type}});
        return std::nullopt;
    }
    return read_policy(stream, deadline);
}
} // namespace

StsFetch make_sts_fetch(dns::Resolver& resolver)
{
    return [&resolver](std::string const& domain) -> std::optional<std::string> {
        auto const host = "mta-sts." + domain;
        for (auto const type : {dns::Type::a, dns::Type::aaaa})
            for (auto const& address : dns::addresses(resolver.query(host, type))) {
                try {
                    return fetch_from(host, address);
                } catch (Poco::Exception const& error) { // Poco's only way to tell; the next address may do
                    base::log(base::Level::warning, "", "sts-fetch-failed",
                              {{"host", host}, {"address", address.show()}, {"why", error.displayText()}});
                }
            }
        return std::nullopt;
    };
}

} // namespace maild::remote
