#include "dnsd/keep/dns_client.h"
#include "dnsd/keep/message.h"
#include "dnsd/serve/keeper_link.h"
#include "dnsd/serve/proxy_header.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <cstring>
#include <future>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace
{
std::string question()
{
    dnsd::MessageHeader header;
    header.id = 77;
    return dnsd::MessageWriter(header, dnsd::Question{dnsd::must_wire_name("sch.id"), 6, 1}, 512).take();
}

/// Takes connections and treats each as `serve` says.
class FakeKeeper
{
public:
    FakeKeeper(std::string const& path, std::function<void(net::Stream&, std::string message)> serve)
        : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        auto const* generic = static_cast<sockaddr const*>(static_cast<void const*>(&address));
        REQUIRE(::bind(socket_.get(), generic, sizeof address) == 0);
        REQUIRE(::listen(socket_.get(), 256) == 0);
        thread_ = std::thread([this, serve] {
            for (;;) {
                base::Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
                if (!client) return;
                net::Stream stream(std::move(client), {}, true);
                std::string header;
                stream.read_exactly(header, dnsd::proxy_fixed_size, net::after(std::chrono::seconds(2)));
                stream.read_exactly(header, *dnsd::proxy_rest_size(header), net::after(std::chrono::seconds(2)));
                last_client = dnsd::parse_proxy_header(header)->address.show();
                serve(stream, dnsd::read_message(stream, net::after(std::chrono::seconds(2))));
                stream.flush();
            }
        });
    }
    ~FakeKeeper()
    {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }
    FakeKeeper(FakeKeeper const&) = delete;
    FakeKeeper& operator=(FakeKeeper const&) = delete;

    std::string last_client;

private:
    base::Fd socket_;
    std::thread thread_;
};

dnsd::Client const client{net::IpAddress::parse("192.168.10.77").value(), 4000, dnsd::Transport::udp};

std::string ask(dnsd::KeeperLink& link)
{
    std::promise<std::string> reply;
    REQUIRE(link.submit(question(), client, [&](std::string text) { reply.set_value(std::move(text)); }));
    return reply.get_future().get();
}

unsigned rcode_of(std::string const& reply)
{
    dnsd::MessageReader reader(reply);
    return reader.header().value().rcode();
}
} // namespace

TEST_CASE("a message goes to the keeper with the client's address, and its reply comes back", "[dns]")
{
    support::TempFolder folder;
    FakeKeeper keeper(folder / "s", [](net::Stream& stream, std::string message) {
        dnsd::write_message(stream, dnsd::empty_reply(message, 5));
    });
    dnsd::KeeperLink link(folder / "s");
    link.start();
    CHECK(rcode_of(ask(link)) == 5);
    CHECK(keeper.last_client == "192.168.10.77");
    CHECK(ask(link) == dnsd::empty_reply(question(), 5));
}

TEST_CASE("a keeper that says nothing says nothing, one that breaks off means SERVFAIL", "[dns]")
{
    support::TempFolder folder;
    {
        FakeKeeper const silent(folder / "silent", [](net::Stream&, std::string const&) {});
        dnsd::KeeperLink link(folder / "silent");
        link.start();
        CHECK(ask(link).empty());
    }
    FakeKeeper const broken(folder / "broken",
                            [](net::Stream& stream, std::string const&) { stream.write("\1\1half"); });
    dnsd::KeeperLink link(folder / "broken");
    link.start();
    CHECK(rcode_of(ask(link)) == 2);
}

TEST_CASE("without a keeper the answer is SERVFAIL at once", "[dns]")
{
    dnsd::KeeperLink link("/nowhere/keeper.sock");
    link.start();
    auto const begin = std::chrono::steady_clock::now();
    CHECK(rcode_of(ask(link)) == 2);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("no more than 128 messages wait for the keeper, half of them from one client", "[dns]")
{
    dnsd::KeeperLink link("/nowhere/keeper.sock"); // not started: nothing is answered
    auto const taken_from = [&](char const* address) {
        dnsd::Client const asking{net::IpAddress::parse(address).value(), 4000, dnsd::Transport::tcp};
        int taken = 0;
        for (int i = 0; i < 100; ++i) taken += link.submit(question(), asking, [](std::string const&) {}) ? 1 : 0;
        return taken;
    };
    CHECK(taken_from("192.168.10.77") == 64);
    CHECK(taken_from("192.168.10.78") == 64);
    CHECK(taken_from("192.168.10.79") == 0);
}
