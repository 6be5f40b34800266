// DNS over TCP with real sockets on loopback: order, time-outs, limits, replies from elsewhere.

#include "tests/dnsd/tcp_fixture.h"

using namespace support;
using namespace std::chrono_literals;

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
    CHECK(comes_true([&] { return server.connections() == 0; }));
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
    CHECK(comes_true([&] { return server.connections() == 0; }));
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
