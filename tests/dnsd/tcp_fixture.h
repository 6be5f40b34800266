#pragma once
// The DNS server over TCP and UDP on loopback, a client that asks, a place elsewhere that is slow, and a keeper of
// zones.

#include "dnsd/serve/tcp_server.h"
#include "dnsd/serve/udp_server.h"
#include "tests/dnsd/packets.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait.h"

#include <arpa/inet.h>
#include <condition_variable>
#include <ctime>
#include <sys/un.h>

namespace support
{
using namespace std::chrono_literals;

inline sockaddr const* generic(void const* address) { return static_cast<sockaddr const*>(address); }

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline std::uint16_t port_of(int socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    void* place = &address;
    REQUIRE(::getsockname(socket, static_cast<sockaddr*>(place), &size) == 0);
    return ntohs(address.sin_port);
}

inline std::string framed(std::string const& message) { return number16(message.size()) + message; }

/// Keeps what it is asked until it is told to answer.
class SlowElsewhere final : public dnsd::Elsewhere
{
public:
    bool submit(std::string message, dnsd::Client const&, std::function<void(std::string)> done) override
    {
        std::lock_guard const lock(mutex_);
        if (full) return false;
        waiting_.emplace_back(std::move(message), std::move(done));
        news_.notify_all();
        return true;
    }
    /// Answers the oldest with its own question and QR set.
    void answer_one()
    {
        std::unique_lock lock(mutex_);
        REQUIRE(news_.wait_for(lock, 5s, [&] { return !waiting_.empty(); }));
        auto [message, done] = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        lock.unlock();
        message[2] = static_cast<char>(static_cast<unsigned char>(message[2]) | 0x80U);
        done(message);
    }
    void wait_for_questions(std::size_t count)
    {
        std::unique_lock lock(mutex_);
        REQUIRE(news_.wait_for(lock, 5s, [&] { return waiting_.size() >= count; }));
    }
    std::atomic<bool> full{false};

private:
    std::mutex mutex_;
    std::condition_variable news_;
    std::vector<std::pair<std::string, std::function<void(std::string)>>> waiting_;
};

/// Both servers with the fixed zones; 127.0.0.0/8 may ask for names of others.
class Running
{
public:
    explicit Running(dnsd::TcpLimits limits = {}, std::string const& keeper_socket = "",
                     in_addr_t udp_address = INADDR_LOOPBACK)
        : responder_(options()),
          backends_{.responder = responder_,
                    .zones = zones_,
                    .resolver = &elsewhere,
                    .keeper = &elsewhere,
                    .keeper_socket = keeper_socket,
                    .oversight = nullptr},
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)),
          udp_socket_(::socket(AF_INET, SOCK_DGRAM, 0))
    {
        zones_.publish(fixed_zones());
        auto const address = loopback(0);
        REQUIRE(::bind(listener_.get(), generic(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_.get(), 128) == 0);
        auto heard = loopback(0);
        heard.sin_addr.s_addr = htonl(udp_address);
        REQUIRE(::bind(udp_socket_.get(), generic(&heard), sizeof heard) == 0);
        tcp_ = std::make_unique<dnsd::TcpServer>(1, std::move(limits), backends_);
        tcp_->add({listener_.get(), nullptr});
        tcp_->start();
        udp_ = std::make_unique<dnsd::UdpServer>(std::vector<int>{udp_socket_.get()}, backends_);
        udp_->start();
    }
    std::uint16_t tcp_port() const { return port_of(listener_.get()); }
    std::uint16_t udp_port() const { return port_of(udp_socket_.get()); }
    std::size_t connections() const { return tcp_->connections(); }

    SlowElsewhere elsewhere;

private:
    static dnsd::ResponderOptions options()
    {
        dnsd::ResponderOptions options;
        options.recursion = true;
        options.networks = {*net::Network::parse("127.0.0.0/8")};
        options.keeper = true;
        return options;
    }
    dnsd::CurrentZones zones_;
    dnsd::Responder responder_;
    dnsd::Backends backends_;
    base::Fd listener_;
    base::Fd udp_socket_;
    std::unique_ptr<dnsd::TcpServer> tcp_;
    std::unique_ptr<dnsd::UdpServer> udp_;
};

/// A client; whatever does not come within five seconds has not come.
class Asking
{
public:
    explicit Asking(std::uint16_t port, int kind = SOCK_STREAM) : socket_(::socket(AF_INET, kind, 0))
    {
        auto const address = loopback(port);
        REQUIRE(::connect(socket_.get(), generic(&address), sizeof address) == 0);
        timeval const patience{5, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    void send(std::string const& bytes)
    {
        REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    /// False: the server takes no more for now, or never again.
    bool try_send(std::string const& bytes)
    {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
               static_cast<ssize_t>(bytes.size());
    }
    std::string read(std::size_t count)
    {
        std::string bytes;
        while (bytes.size() < count) {
            std::string piece(count - bytes.size(), '\0');
            auto const got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
            if (got <= 0) return "closed";
            bytes.append(piece, 0, static_cast<std::size_t>(got));
        }
        return bytes;
    }
    /// A whole message; "closed" at the end.
    std::string message()
    {
        auto const length = read(2);
        return length == "closed" ? length : read(dnsd::number_at(length, 0));
    }
    std::string datagram()
    {
        std::string bytes(65535, '\0');
        auto const got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return bytes;
    }
    void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    bool is_served()
    {
        send(framed(header(0, {}) + question("www.sch.id.")));
        auto const reply = message();
        return reply != "closed" && parse(reply).answers == 1;
    }

private:
    base::Fd socket_;
};

inline std::string numbered(std::size_t number, std::string const& name, std::size_t type = 1, std::size_t flags = 0)
{
    return number16(number) + header(flags, {}).substr(2) + question(name, type);
}
inline std::string number_of(std::string const& message) { return message.substr(0, 2); }

/// run/keeper.sock, with somebody behind it who does what the test says.
class FakeKeeper
{
public:
    explicit FakeKeeper(std::string const& path) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(listener_.get(), generic(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_.get(), 16) == 0);
    }
    /// Takes the next connection; gives all that came first.
    std::string take()
    {
        client_ = base::Fd(::accept(listener_.get(), nullptr, nullptr));
        std::string bytes(4096, '\0');
        auto const got = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return bytes;
    }
    void send(std::string const& bytes)
    {
        REQUIRE(::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    }
    bool try_send(std::string const& bytes)
    {
        return ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
    }
    /// Sends until all buffers on the way are full: ours stay small.
    void fill()
    {
        auto const piece = framed(std::string(60000, 'a'));
        for (int refused = 0; refused < 3;) {
            if (try_send(piece)) continue;
            ++refused;
            std::this_thread::sleep_for(20ms);
        }
    }
    void close() { client_.reset(); }

private:
    base::Fd listener_;
    base::Fd client_;
};
} // namespace support
