#include "maild/transfer/imap_connection.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"

#include <chrono>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace maild::transfer
{

namespace
{
constexpr auto connect_wait = std::chrono::seconds(20);
constexpr auto answer_wait = std::chrono::minutes(3);
constexpr std::size_t line_limit = std::size_t{1} << 20;

struct AddressDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

net::Stream connect(ImapAddress const& to)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const code = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
    std::unique_ptr<addrinfo, AddressDeleter> const list(found);
    if (code != 0)
        throw base::Failure(base::failed(to.host, "no machine of that name is known", "check the name, and the DNS"));
    for (auto const* one = list.get(); one; one = one->ai_next) {
        try {
            auto const address = net::IpAddress::from_socket(one->ai_addr);
            return net::Stream::connect({address, static_cast<std::uint16_t>(to.port)}, net::after(connect_wait));
        } catch (net::Disconnected const&) {
            if (!one->ai_next) throw; // else the next address may answer
        }
    }
    throw net::Disconnected("no address");
}
} // namespace

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (c != '\r' && c != '\n' && c != '\0') result += c;
    }
    return result + "\"";
}

ImapConnection::ImapConnection(ImapLogin const& login, std::size_t largest_literal)
    : login_(login), stream_(connect(login.address)), largest_literal_(line_limit)
{
    if (login.address.is_tls) start_tls();
    auto const greeting = read_response();
    if (greeting.keyword != "OK" && greeting.keyword != "PREAUTH") fail(greeting.text);
    if (!login.address.is_tls && greeting.keyword == "OK") secure();
    if (greeting.keyword == "OK") log_in();
    learn_capabilities();
    largest_literal_ = largest_literal;
}

std::string ImapConnection::send(std::string const& command)
{
    auto tag = "K" + std::to_string(++commands_);
    stream_.write(tag + " " + command + "\r\n");
    stream_.flush();
    return tag;
}

ImapConnection::Answer ImapConnection::run(std::string const& command)
{
    Answer answer;
    auto const tag = send(command);
    answer.status = receive(tag, [&](Response response) { answer.data.push_back(std::move(response)); });
    return answer;
}

void ImapConnection::fail(std::string const& why) const
{
    throw base::Failure(base::failed(login_.address.host, why.empty() ? "it does not want to talk to us" : why,
                                     "try again later, or ask its administrator"));
}

void ImapConnection::start_tls()
{
    auto const context = login_.is_insecure ? net::TlsContext::client("") : net::TlsContext::client_of_strangers();
    try {
        net::TlsPeer const peer{.name = login_.address.host, .verify = !login_.is_insecure};
        stream_.start_tls_client(*context, peer, net::after(connect_wait));
    } catch (net::Disconnected const& error) {
        throw base::Failure(base::failed(login_.address.host, std::string("TLS failed: ") + error.what(),
                                         "check the name; --insecure takes any certificate"));
    }
}

void ImapConnection::secure()
{
    learn_capabilities();
    if (can("STARTTLS") && run("STARTTLS").is_ok()) {
        if (stream_.has_input()) fail("it spoke before TLS was on");
        start_tls();
        return;
    }
    if (!login_.is_insecure)
        throw base::Failure(base::refused(login_.address.host, "it offers no TLS",
                                          "the password would be readable; --insecure sends it nevertheless"));
}

void ImapConnection::log_in()
{
    learn_capabilities();
    Answer answer;
    if (can("AUTH=PLAIN") || can("LOGINDISABLED")) {
        using namespace std::string_literals;
        auto const secret = base::base64("\0"s + login_.user + "\0"s + login_.password);
        answer = can("SASL-IR") ? run("AUTHENTICATE PLAIN " + secret) : authenticate(secret);
    } else {
        answer = run("LOGIN " + quoted(login_.user) + " " + quoted(login_.password));
    }
    if (!answer.is_ok())
        throw base::Failure(base::refused(login_.user + "@" + login_.address.host,
                                          "it does not accept this login and password", "check both"));
}

ImapConnection::Answer ImapConnection::authenticate(std::string const& secret)
{
    auto const tag = send("AUTHENTICATE PLAIN");
    Answer answer;
    answer.status = receive(tag, [&](Response const& response) {
        if (response.tag != "+") return;
        stream_.write(secret + "\r\n");
        stream_.flush();
    });
    return answer;
}

void ImapConnection::learn_capabilities()
{
    capabilities_.clear();
    for (auto const& response : run("CAPABILITY").data)
        if (response.keyword == "CAPABILITY")
            for (auto const& value : response.values) capabilities_.insert(base::upper(value.text));
}

ImapConnection::Response ImapConnection::read_response()
{
    std::string text;
    for (;;) {
        auto line = stream_.read_line(line_limit, answer_wait, net::after(answer_wait));
        if (line.state != net::Line::State::complete) throw net::Disconnected("the server does not answer");
        text += line.text;
        auto const literal = imap_client::announced_literal(line.text);
        if (!literal) break;
        if (*literal > largest_literal_) throw net::Disconnected("the server sends more than it said");
        text += "\r\n";
        stream_.read_exactly(text, *literal, net::after(answer_wait));
    }
    auto response = imap_client::parse_imap_response(std::move(text));
    if (!response) throw net::Disconnected("the server's answer is not understood");
    return std::move(*response);
}

} // namespace maild::transfer
