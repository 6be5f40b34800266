#include "appliance/cli/probe.h"

#include "appliance/base/error.h"

namespace cli
{

namespace
{
constexpr std::size_t longest_greeting = 1000;

/// How each service greets; the web says nothing before it is asked.
struct Greeting {
    std::string_view service;
    bool tls;
    std::string_view request;
    std::string_view expected;
};
constexpr std::string_view web_request = "HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n";
constexpr Greeting greetings[] = {
    {"smtp", false, "", "220"},
    {"submission", false, "", "220"},
    {"submissions", true, "", "220"},
    {"imap", false, "", "* OK"},
    {"imaps", true, "", "* OK"},
    {"pop3", false, "", "+OK"},
    {"pop3s", true, "", "+OK"},
    {"http", false, web_request, "HTTP/1."},
    {"https", true, web_request, "HTTP/1."},
};

Answer greet(Greeting const& greeting, net::Endpoint const& endpoint)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const deadline = begin + probe_time;
    auto stream = net::Stream::connect(endpoint, deadline);
    if (greeting.tls) stream.start_tls_client(*net::TlsContext::client(""), "", deadline);
    stream.write(greeting.request);
    stream.flush();
    auto const line = stream.read_line(longest_greeting, probe_time, deadline);
    stream.close();
    std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begin;
    if (line.state != net::Line::State::complete)
        return {false, "it takes connections but does not answer", took.count()};
    bool const good = line.text.starts_with(greeting.expected);
    return {good, good ? "" : line.text, took.count()};
}
} // namespace

net::Endpoint reachable(net::Endpoint endpoint)
{
    if (endpoint.address == net::IpAddress()) endpoint.address = *net::IpAddress::parse("::1");
    if (endpoint.address == net::IpAddress::from_v4(0)) endpoint.address = *net::IpAddress::parse("127.0.0.1");
    return endpoint;
}

Answer probe(std::string const& service, net::Endpoint const& endpoint, std::string const& domain)
{
    try {
        if (service == "dns") return ask_dns(reachable(endpoint), domain, DnsType::soa, probe_time);
        if (service == "dot") return ask_dns_over_tls(reachable(endpoint), domain, DnsType::soa, probe_time);
        for (auto const& greeting : greetings)
            if (greeting.service == service) return greet(greeting, reachable(endpoint));
    } catch (net::Disconnected const& error) { // no answer is an answer here
        return {false, error.what(), 0};
    } catch (base::Failure const& error) {
        return {false, error.what(), 0};
    }
    return {false, "nobody knows how to ask it", 0};
}

} // namespace cli
