// DNS over TCP with real sockets on loopback: order, time-outs, limits, replies from elsewhere, transfers.

#include "dnsd/serve/tcp_server.h"
#include "dnsd/serve/udp_server.h"
#include "tests/dnsd/packets.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <arpa/inet.h>
#include <condition_variable>
#include <ctime>
#include <sys/un.h>

using namespace support;
using namespace std::chrono_literals;

namespace
{
sockaddr const* generic(void const* address) { return static_cast<sockaddr const*>(address); }

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t port_of(int socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    void* place = &address;
    REQUIRE(::getsockname(socket, static_cast<sockaddr*>(place), &size) == 0);
    return ntohs(address.sin_port);
}

std::string framed(std::string const& message) { return number16(message.size()) + message; }

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

std::string numbered(std::size_t number, std::string const& name, std::size_t type = 1, std::size_t flags = 0)
{
    return number16(number) + header(flags, {}).substr(2) + question(name, type);
}
std::string number_of(std::string const& message) { return message.substr(0, 2); }

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

template <class Condition>
bool becomes_true(Condition&& condition)
{
    for (int i = 0; i < 500; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}
} // namespace

TEST_CASE("pipelined questions are answered, however they are cut", "[dns][rfc7766]")
{
    Running server;
    Asking client(server.tcp_port());
    std::string all;
    for (std::size_t i = 0; i < 1000; ++i) all += framed(numbered(i, "www.sch.id."));
    client.send(all);
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(number_of(client.message()) == number16(i));
    for (char const c : framed(numbered(4711, "mail.sch.id."))) client.send(std::string(1, c));
    CHECK(number_of(client.message()) == number16(4711));
    auto const two = framed(numbered(1, "www.sch.id.")) + framed(numbered(2, "www.sch.id."));
    client.send(two.substr(0, two.size() / 2 + 3));
    CHECK(number_of(client.message()) == number16(1));
    client.send(two.substr(two.size() / 2 + 3));
    CHECK(number_of(client.message()) == number16(2));
}

TEST_CASE("answers larger than all buffers arrive whole", "[dns]")
{
    Running server;
    Asking client(server.tcp_port());
    constexpr std::size_t count = 3000; // of 1.6 KB each
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += framed(numbered(i, "many.banyak.id."));
    std::thread sender([&] { client.send(all); });
    std::size_t good = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto const reply = client.message();
        if (reply != "closed" && number_of(reply) == number16(i) && parse(reply).answers == 100) ++good;
    }
    sender.join();
    CHECK(good == count);
}

TEST_CASE("a client that sends no questions is left", "[dns]")
{
    Running server;
    for (auto const& bytes : {number16(0), framed("short"), framed(header(0x8000, {}) + question("www.sch.id."))}) {
        Asking client(server.tcp_port());
        client.send(bytes);
        CHECK(client.message() == "closed");
    }
    Asking client(server.tcp_port());
    client.send(framed(numbered(7, "www.sch.id.")) + framed("short"));
    CHECK(number_of(client.message()) == number16(7)); // what came before is still answered
    CHECK(client.message() == "closed");
}

TEST_CASE("a question that waits elsewhere holds up no other", "[dns][rfc7766]")
{
    Running server;
    Asking client(server.tcp_port());
    client.send(framed(numbered(1, "a.example.com.", 1, rd)) + framed(numbered(2, "www.sch.id.")) +
                framed(numbered(3, "b.example.com.", 1, rd)));
    CHECK(number_of(client.message()) == number16(2));
    server.elsewhere.answer_one();
    CHECK(number_of(client.message()) == number16(1));
    server.elsewhere.answer_one();
    CHECK(number_of(client.message()) == number16(3));
}

TEST_CASE("a client that has said everything still gets its replies", "[dns]")
{
    Running server;
    Asking client(server.tcp_port());
    client.send(framed(numbered(1, "a.example.com.", 1, rd)) + framed(numbered(2, "www.sch.id.")));
    client.finish_sending();
    CHECK(number_of(client.message()) == number16(2));
    server.elsewhere.answer_one();
    CHECK(number_of(client.message()) == number16(1));
    CHECK(client.message() == "closed");
}

TEST_CASE("a reply for a client that has gone is thrown away", "[dns]")
{
    Running server;
    std::make_unique<Asking>(server.tcp_port())->send(framed(numbered(1, "a.example.com.", 1, rd)));
    server.elsewhere.wait_for_questions(1);
    server.elsewhere.answer_one();
    CHECK(becomes_true([&] { return server.connections() == 0; }));
    CHECK(Asking(server.tcp_port()).is_served());
}

TEST_CASE("a place that is full means SERVFAIL at once", "[dns]")
{
    Running server;
    server.elsewhere.full = true;
    Asking tcp(server.tcp_port());
    tcp.send(framed(numbered(1, "a.example.com.", 1, rd)));
    CHECK(parse(tcp.message()).rcode == 2);
    Asking udp(server.udp_port(), SOCK_DGRAM);
    udp.send(numbered(1, "a.example.com.", 1, rd));
    CHECK(parse(udp.datagram()).rcode == 2);
}

TEST_CASE("by UDP a reply from elsewhere finds its asker, and others do not wait", "[dns]")
{
    Running server;
    Asking first(server.udp_port(), SOCK_DGRAM);
    Asking second(server.udp_port(), SOCK_DGRAM);
    first.send(numbered(1, "a.example.com.", 1, rd));
    second.send(numbered(2, "www.sch.id."));
    CHECK(number_of(second.datagram()) == number16(2));
    server.elsewhere.answer_one();
    CHECK(number_of(first.datagram()) == number16(1));
}

TEST_CASE("a reply leaves from the address that was asked, now or later", "[dns]")
{
    Running server(dnsd::TcpLimits{}, "", INADDR_ANY);
    base::Fd const client(::socket(AF_INET, SOCK_DGRAM, 0));
    auto const from = loopback(0);
    REQUIRE(::bind(client.get(), generic(&from), sizeof from) == 0);
    auto asked = loopback(server.udp_port());
    asked.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 7);
    for (auto const& packet : {numbered(1, "www.sch.id."), numbered(2, "a.example.com.", 1, rd)}) {
        REQUIRE(::sendto(client.get(), packet.data(), packet.size(), 0, generic(&asked), sizeof asked) > 0);
        if (number_of(packet) == number16(2)) server.elsewhere.answer_one();
        sockaddr_in sender{};
        socklen_t size = sizeof sender;
        void* place = &sender;
        std::array<char, 1500> bytes;
        auto* const address = static_cast<sockaddr*>(place);
        REQUIRE(::recvfrom(client.get(), bytes.data(), bytes.size(), 0, address, &size) > 12);
        CHECK(sender.sin_addr.s_addr == asked.sin_addr.s_addr);
        CHECK(std::string(bytes.data(), 2) == number_of(packet));
    }
}

TEST_CASE("a quiet connection is closed, and one that never finishes its question", "[dns][rfc7766]")
{
    dnsd::TcpLimits limits;
    limits.idle = 200ms;
    Running server(limits);
    Asking quiet(server.tcp_port());
    CHECK(quiet.message() == "closed");
    Asking slow(server.tcp_port());
    auto const whole = framed(numbered(1, "www.sch.id."));
    std::size_t sent = 0;
    while (sent < whole.size() - 1 && slow.try_send(whole.substr(sent, 1))) {
        ++sent;
        std::this_thread::sleep_for(50ms); // the test is about time
    }
    CHECK(slow.message() == "closed");
    CHECK(Asking(server.tcp_port()).is_served());
}

TEST_CASE("a client that does not take its answers is left, and holds up nobody", "[dns][rfc7766]")
{
    dnsd::TcpLimits limits;
    limits.blocked = 300ms;
    Running server(limits);
    Asking greedy(server.tcp_port());
    auto const asked = framed(numbered(1, "many.banyak.id."));
    while (greedy.try_send(asked)) {
    } // until every buffer on the way is full
    CHECK(Asking(server.tcp_port()).is_served());
    CHECK(becomes_true([&] { return server.connections() == 0; }));
}

TEST_CASE("one address has its share of the connections", "[dns]")
{
    dnsd::TcpLimits limits;
    limits.per_address = 2;
    Running server(limits);
    Asking first(server.tcp_port());
    Asking second(server.tcp_port());
    CHECK((first.is_served() && second.is_served()));
    Asking third(server.tcp_port());
    CHECK(third.message() == "closed");
    CHECK((first.is_served() && second.is_served()));
}

TEST_CASE("when all places are taken the connection that was quiet longest makes room", "[dns]")
{
    dnsd::TcpLimits limits;
    limits.total = 3;
    limits.idle = 60s;
    limits.spared = 0ms;
    Running server(limits);
    Asking first(server.tcp_port());
    Asking second(server.tcp_port());
    Asking third(server.tcp_port());
    CHECK((third.is_served() && second.is_served() && first.is_served()));
    Asking fourth(server.tcp_port());
    CHECK(fourth.is_served());
    CHECK(third.message() == "closed");
    CHECK((first.is_served() && second.is_served() && fourth.is_served()));
}

TEST_CASE("a transfer is passed on message by message, and the connection lives on", "[dns][rfc5936]")
{
    TempFolder const folder;
    FakeKeeper keeper(folder.path() + "/keeper.sock");
    Running server({}, folder.path() + "/keeper.sock");
    Asking client(server.tcp_port());
    auto const asked = framed(numbered(9, "sch.id.", 252));
    client.send(asked + framed(numbered(10, "www.sch.id.")));
    auto const request = keeper.take();
    CHECK(request.substr(request.size() - asked.size()) == asked);
    CHECK(request.substr(0, 12) == std::string("\r\n\r\n\0\r\nQUIT\n", 12)); // the PROXY header tells who asks
    auto const first = framed(std::string(30000, 'a'));
    auto const second = framed(std::string(70, 'b'));
    keeper.send(first.substr(0, 1));
    keeper.send(first.substr(1) + second.substr(0, 40));
    CHECK(client.message() == std::string(30000, 'a'));
    keeper.send(second.substr(40));
    keeper.close();
    CHECK(client.message() == std::string(70, 'b'));
    CHECK(number_of(client.message()) == number16(10));
    CHECK(client.is_served());
}

TEST_CASE("a transfer without a keeper is SERVFAIL, one cut short ends the connection", "[dns]")
{
    TempFolder const folder;
    {
        Running server({}, folder.path() + "/nobody.sock");
        Asking client(server.tcp_port());
        client.send(framed(numbered(9, "sch.id.", 252)));
        CHECK(parse(client.message()).rcode == 2);
        CHECK(client.is_served());
    }
    FakeKeeper keeper(folder.path() + "/keeper.sock");
    Running server({}, folder.path() + "/keeper.sock");
    Asking refused(server.tcp_port());
    refused.send(framed(numbered(9, "sch.id.", 252)));
    keeper.take();
    keeper.close();
    CHECK(parse(refused.message()).rcode == 2);
    Asking client(server.tcp_port());
    client.send(framed(numbered(9, "sch.id.", 252)));
    keeper.take();
    keeper.send(framed(std::string(100, 'a')).substr(0, 50));
    keeper.close();
    CHECK(client.message() == "closed");
}

TEST_CASE("a secondary that stalls holds up nobody, and the keeper only until it is left", "[dns]")
{
    TempFolder const folder;
    FakeKeeper keeper(folder.path() + "/keeper.sock");
    dnsd::TcpLimits limits;
    limits.waiting = 400ms;
    Running server(limits, folder.path() + "/keeper.sock");
    Asking stalled(server.tcp_port());
    stalled.send(framed(numbered(9, "sch.id.", 252)));
    keeper.take();
    keeper.fill();
    CHECK(Asking(server.tcp_port()).is_served());
    CHECK(becomes_true([&] { return server.connections() == 0; }));
}

TEST_CASE("while a secondary stalls nothing is done, though the keeper has closed", "[dns]")
{
    TempFolder const folder;
    FakeKeeper keeper(folder.path() + "/keeper.sock");
    Running server({}, folder.path() + "/keeper.sock");
    Asking stalled(server.tcp_port());
    stalled.send(framed(numbered(9, "sch.id.", 252)));
    keeper.take();
    keeper.fill();
    keeper.close();
    std::this_thread::sleep_for(100ms);
    auto const used = std::clock(); // of the processor
    std::this_thread::sleep_for(500ms);
    CHECK((std::clock() - used) * 1000 / CLOCKS_PER_SEC < 100);
    CHECK(Asking(server.tcp_port()).is_served());
}

TEST_CASE("one address has its share of the transfers", "[dns]")
{
    TempFolder const folder;
    FakeKeeper keeper(folder.path() + "/keeper.sock");
    dnsd::TcpLimits limits;
    limits.transfers_per_address = 1;
    Running server(limits, folder.path() + "/keeper.sock");
    Asking first(server.tcp_port());
    first.send(framed(numbered(9, "sch.id.", 252)));
    keeper.take();
    Asking second(server.tcp_port());
    second.send(framed(numbered(10, "sch.id.", 252)));
    CHECK(parse(second.message()).rcode == 2);
    keeper.close();
    CHECK(parse(first.message()).rcode == 2);
    second.send(framed(numbered(11, "sch.id.", 252)));
    keeper.take();
    keeper.send(framed("a message"));
    CHECK(second.message() == "a message");
}

TEST_CASE("an IPv6 client has one share, whichever of its addresses it uses", "[dns]")
{
    auto const address = [](char const* text) { return net::IpAddress::parse(text).value(); };
    dnsd::ClientShares shares;
    CHECK(shares.enter(address("2001:db8:1:2::1"), 2));
    CHECK(shares.enter(address("2001:db8:1:2:ffff::9"), 2));
    CHECK_FALSE(shares.enter(address("2001:db8:1:2::3"), 2));
    CHECK((shares.enter(address("2001:db8:1:3::1"), 1) && shares.enter(address("192.0.2.1"), 1)));
    CHECK((shares.enter(address("192.0.2.2"), 1) && !shares.enter(address("192.0.2.2"), 1)));
    shares.leave(address("2001:db8:1:2::1"));
    CHECK(shares.enter(address("2001:db8:1:2::4"), 2));
}
