#pragma once
// A mail server for tests that says what its script has, on a port of its own, with TLS where it is given a
// certificate.

#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "maild/remote/mx.h"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace support
{

/// Answers each line by its verb; remembers everything. Many connections at a time.
class ScriptedServer
{
public:
    /// By the first four letters; "" is the greeting, "." the end of the message, "=" a line of AUTH. "A|B": in turn;
    /// the last one stays. An empty one hangs up.
    std::map<std::string, std::string> replies = {
        {"", "220 far.example\r\n"},  {"EHLO", "250-far.example\r\n250-SIZE 100000\r\n250 8BITMIME\r\n"},
        {"MAIL", "250 2.1.0 ok\r\n"}, {"RCPT", "250 2.1.5 ok\r\n"},
        {"DATA", "354 go\r\n"},       {".", "250 2.0.0 taken\r\n"},
        {"BDAT", "250 2.0.0 ok\r\n"}, {"STAR", "220 go\r\n"},
        {"RSET", "250 ok\r\n"},       {"QUIT", "221 bye\r\n"}};
    /// Answers AUTH and the lines after it in place of the script.
    std::function<std::string(net::Stream const& stream, std::string const& line)> login;
    std::shared_ptr<net::TlsContext> tls; ///< for STARTTLS
    bool tls_at_once = false;
    std::string heard;
    std::atomic<unsigned> connections = 0;
    std::uint16_t port = 0;

    ScriptedServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(socket_.get(), 5);
        socklen_t size = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() { stop(); }
    net::Endpoint endpoint() const { return {*net::IpAddress::parse("127.0.0.1"), port}; }
    /// Waits for the clients to go; after it `heard` may be read.
    void stop()
    {
        ::shutdown(socket_.get(), SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        for (auto& talk : talks_) talk.join();
        talks_.clear();
    }

private:
    static constexpr std::chrono::seconds patience{10};
    static constexpr std::size_t longest_line = 20000;

    void serve()
    {
        for (int fd = 0; (fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
            ++connections;
            talks_.emplace_back([this, fd] {
                try {
                    talk(net::Stream(base::Fd(fd), {}, false));
                } catch (net::Disconnected const&) { // the client has what it wanted
                }
            });
        }
    }
    void talk(net::Stream stream)
    {
        if (tls_at_once) stream.begin_tls_server(*tls, net::after(patience));
        stream.write(reply_to(""));
        std::string expected; // in place of a verb
        for (;;) {
            auto const line = stream.read_line(longest_line, patience, net::after(patience));
            if (line.state != net::Line::State::complete) return;
            note(line.text + "\r\n");
            auto const verb = line.text.substr(0, 4);
            if (expected == "." && line.text != ".") continue;
            if (verb == "BDAT") take_chunk(stream, line.text);
            auto const reply = login && (verb == "AUTH" || expected == "=")
                                   ? login(stream, line.text)
                                   : reply_to(expected.empty() ? verb : expected);
            expected = reply.starts_with("354") ? "." : reply.starts_with("334") ? "=" : "";
            if (reply.empty()) return; // hangs up
            stream.write(reply);
            stream.flush();
            if (verb == "STAR" && reply.starts_with("220")) stream.begin_tls_server(*tls, net::after(patience));
        }
    }
    void take_chunk(net::Stream& stream, std::string const& line)
    {
        std::string chunk;
        stream.read_exactly(chunk, std::stoul(line.substr(5)), net::after(patience));
        note(chunk);
    }
    void note(std::string const& text)
    {
        std::lock_guard const lock(mutex_);
        heard += text;
    }
    std::string reply_to(std::string const& verb)
    {
        std::lock_guard const lock(mutex_);
        auto& all = replies[verb];
        auto const bar = all.find('|');
        auto const now = all.substr(0, bar);
        if (bar != std::string::npos) all.erase(0, bar + 1);
        return now;
    }

    base::Fd socket_;
    std::mutex mutex_;
    std::vector<std::thread> talks_;
    std::thread thread_;
};

/// Mail for every domain goes to the server on that port of loopback.
struct FixedLookup final : maild::remote::DestinationLookup {
    explicit FixedLookup(std::uint16_t port)
        : destination{maild::remote::Destination::Kind::found,
                      {{"mx.far.example", {*net::IpAddress::parse("127.0.0.1"), port}}},
                      "",
                      ""}
    {
    }
    maild::remote::Destination find(std::string const&, maild::remote::Route const&) override { return destination; }

    maild::remote::Destination destination;
};

} // namespace support
