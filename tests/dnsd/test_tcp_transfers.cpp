// Transfers over TCP with real sockets on loopback: passed on as they come, stalled, cut short, too many.

#include "tests/dnsd/tcp_fixture.h"

using namespace support;
using namespace std::chrono_literals;

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
    CHECK(comes_true([&] { return server.connections() == 0; }));
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
