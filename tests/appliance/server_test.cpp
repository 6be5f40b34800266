#include "appliance/net/server.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <atomic>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

namespace
{
using namespace std::chrono_literals;

/// Answers every line with "got LINE"; "news" is said after a wake-up.
class EchoSession final : public net::Session
{
public:
    EchoSession(net::Stream stream, std::atomic<int>& wakes) : stream_(std::move(stream)), wakes_(wakes) {}

    net::Next run() override
    {
        if (!std::exchange(greeted_, true))
            stream_.write("hello\r\n");
        else if (!stream_.has_input() && wakes_ > 0) {
            --wakes_;
            stream_.write("news\r\n");
        }
        for (;;) {
            auto const line = stream_.read_line(100, 1ms, net::after(5s));
            if (line.state == net::Line::State::idle) return net::Next::park;
            if (line.state == net::Line::State::closed || line.text == "quit") return net::Next::close;
            if (line.state == net::Line::State::too_long)
                stream_.write("too long\r\n");
            else if (line.text == "flood")
                for (int i = 0; i < 100; ++i) stream_.write(std::string(100'000, 'x'));
            else
                stream_.write("got " + line.text + "\r\n");
        }
    }
    void timed_out() override { stream_.write("bye\r\n"); }
    std::chrono::milliseconds idle_timeout() const override { return 300ms; }
    void stopping() override
    {
        stream_.write("stopping\r\n");
        stream_.flush();
    }
    net::Stream& stream() override { return stream_; }

private:
    net::Stream stream_;
    std::atomic<int>& wakes_;
    bool greeted_ = false;
};

struct Echo {
    support::TempFolder folder;
    std::string path = folder / "echo.sock";
    base::Fd listening{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    std::atomic<int> wakes = 0;
    std::mutex mutex;
    std::vector<net::Wakeup> wakeups;
    net::Server server;

    explicit Echo(std::size_t total = 100, std::size_t waiting = 50) : server(2, {total, 50, {}, waiting})
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening.get(), 100) == 0);
        server.add({"echo", listening.get(), nullptr, "busy\r\n", [this](net::Stream stream, net::Wakeup wakeup) {
                        std::lock_guard const lock(mutex);
                        wakeups.push_back(wakeup);
                        return std::make_unique<EchoSession>(std::move(stream), wakes);
                    }});
        server.start();
    }
    net::Stream connect() { return net::Stream::connect_unix(path, net::after(2s)); }
};

std::string line(net::Stream& stream)
{
    auto const read = stream.read_line(1000, 3s, net::after(3s));
    return read.state == net::Line::State::complete ? read.text
           : read.state == net::Line::State::closed ? "(closed)"
                                                    : "(idle)";
}
} // namespace

TEST_CASE("many more sessions than workers are all answered, also after being parked", "[net]")
{
    Echo echo;
    std::vector<net::Stream> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(echo.connect());
        REQUIRE(line(clients.back()) == "hello");
    }
    for (int round = 0; round < 3; ++round)
        for (auto& client : clients) {
            client.write("ping\r\n");
            client.flush();
            REQUIRE(line(client) == "got ping");
        }
    CHECK(echo.server.connections() == 40);
}

TEST_CASE("pipelined lines, cut lines and long lines are read right", "[net]")
{
    Echo echo;
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    client.write("a\r\nb\nc" + std::string(5000, 'x') + "\r\nd\r\nhal");
    client.flush();
    CHECK(line(client) == "got a");
    CHECK(line(client) == "got b");
    CHECK(line(client) == "too long");
    CHECK(line(client) == "got d");
    client.write("lo\r\nquit\r\n");
    client.flush();
    CHECK(line(client) == "got hallo");
    CHECK(line(client) == "(closed)");
}

TEST_CASE("news wakes a parked session; silence ends it with a goodbye", "[net]")
{
    Echo echo;
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    echo.wakes = 1;
    echo.wakeups.front().notify();
    CHECK(line(client) == "news");
    CHECK(line(client) == "bye");
    CHECK(line(client) == "(closed)");
    echo.wakeups.front().notify(); // after the end: nothing happens
}

TEST_CASE("a connection over the limit is refused politely", "[net]")
{
    Echo echo(1);
    auto first = echo.connect();
    REQUIRE(line(first) == "hello");
    auto second = echo.connect();
    CHECK(line(second) == "busy");
    CHECK(line(second) == "(closed)");
}

TEST_CASE("stopping says goodbye to parked sessions", "[net]")
{
    Echo echo;
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    client.write("x\r\n");
    client.flush();
    REQUIRE(line(client) == "got x");
    echo.server.stop();
    CHECK(line(client) == "stopping");
}

TEST_CASE("wake-ups from many threads while sessions run lose nothing", "[net]")
{
    Echo echo;
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    std::atomic<bool> done = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            while (!done) echo.wakeups.front().notify();
        });
    for (int i = 0; i < 200; ++i) {
        client.write("n" + std::to_string(i) + "\r\n");
        client.flush();
        REQUIRE(line(client) == "got n" + std::to_string(i));
    }
    done = true;
    for (auto& thread : threads) thread.join();
}

namespace
{
/// Its peer goes in the moment in which the server stops.
class LateSession final : public net::Session
{
public:
    explicit LateSession(net::Stream stream) : stream_(std::move(stream)) {}
    net::Next run() override { return net::Next::park; }
    void timed_out() override {}
    std::chrono::milliseconds idle_timeout() const override { return 10s; }
    void stopping() override { throw net::Disconnected("gone"); }
    net::Stream& stream() override { return stream_; }

private:
    net::Stream stream_;
};
} // namespace

TEST_CASE("a peer that goes while the server stops does not end the program", "[net]")
{
    support::TempFolder folder;
    base::Fd const listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder / "late.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening.get(), 8) == 0);
    net::Server server(1, {10, 10, {}});
    server.add({"late", listening.get(), nullptr, "busy\r\n",
                [](net::Stream stream, net::Wakeup) { return std::make_unique<LateSession>(std::move(stream)); }});
    server.start();
    auto client = net::Stream::connect_unix(folder / "late.sock", net::after(5s));
    while (server.connections() == 0) std::this_thread::yield();
    CHECK_NOTHROW(server.stop());
    CHECK(server.connections() == 0);
}

TEST_CASE("half-typed lines hold no worker", "[net]")
{
    Echo echo; // two workers
    std::vector<net::Stream> slow;
    for (int i = 0; i < 6; ++i) {
        slow.push_back(echo.connect());
        REQUIRE(line(slow.back()) == "hello");
        slow.back().write("hal");
        slow.back().flush();
    }
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    client.write("ping\r\n");
    client.flush();
    CHECK(line(client) == "got ping");
    for (auto& stream : slow) {
        stream.write("lo\r\n");
        stream.flush();
        CHECK(line(stream) == "got hallo");
    }
}

TEST_CASE("clients that do not read hold no worker, and too many of them are cut off", "[net]")
{
    constexpr std::size_t most = 20;
    Echo echo(100, most);
    std::vector<net::Stream> deaf;
    for (std::size_t i = 0; i < 2 * most; ++i) {
        deaf.push_back(echo.connect());
        REQUIRE(line(deaf.back()) == "hello");
        deaf.back().write("flood\r\n");
        deaf.back().flush();
    }
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    auto const begin = std::chrono::steady_clock::now();
    client.write("ping\r\n");
    client.flush();
    CHECK(line(client) == "got ping");
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
    for (int i = 0; i < 500 && echo.server.connections() > most + 1; ++i) std::this_thread::sleep_for(10ms);
    CHECK(echo.server.connections() <= most + 1); // and not fewer than that: see the last one
    std::size_t got = 0;
    while (got < 10'000'000) got += deaf.back().read_some(100'000, net::after(3s)).size();
    CHECK(got == 10'000'000);
}

TEST_CASE("a long line that comes in pieces is refused once and the next line is read", "[net]")
{
    Echo echo;
    auto client = echo.connect();
    REQUIRE(line(client) == "hello");
    for (int i = 0; i < 5; ++i) {
        client.write(std::string(90, 'x'));
        client.flush();
        auto other = echo.connect(); // so that the piece has been seen before the next one goes
        REQUIRE(line(other) == "hello");
    }
    client.write("\r\nping\r\n");
    client.flush();
    CHECK(line(client) == "too long");
    CHECK(line(client) == "got ping");
}
