#include "dnsd/serve/control.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"

#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace
{
/// A control socket without a name in the file system, and one who answers behind it.
class Fixture
{
public:
    Fixture() : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        address_.sun_family = AF_UNIX;
        auto size = static_cast<socklen_t>(sizeof address_.sun_family); // the kernel chooses
        REQUIRE(::bind(listener_.get(), as_address(), size) == 0);
        size_ = sizeof address_;
        REQUIRE(::getsockname(listener_.get(), as_address(), &size_) == 0);
        REQUIRE(::listen(listener_.get(), 64) == 0);
        control_.emplace(listener_.get(), oversight, [] { return std::string("more 1\n"); });
        control_->start();
    }

    base::Fd visit(std::string const& text)
    {
        base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(socket.get(), as_address(), size_) == 0);
        // Fails when there is no room for us: then there is no answer either.
        [[maybe_unused]] auto const sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
        return socket;
    }
    std::string ask(std::string const& text)
    {
        auto const socket = visit(text);
        return read_until(socket.get(), "");
    }
    /// Everything up to `end`, or until it is closed.
    static std::string read_until(int socket, std::string const& end)
    {
        std::string text;
        char bytes[4096];
        for (pollfd waiting{socket, POLLIN, 0}; ::poll(&waiting, 1, 5000) == 1;) {
            auto const count = ::recv(socket, bytes, sizeof bytes, 0);
            if (count <= 0) break;
            text.append(bytes, static_cast<std::size_t>(count));
            if (!end.empty() && text.find(end) != std::string::npos) break;
        }
        return text;
    }
    void answer_something()
    {
        auto const name = dnsd::must_wire_name("www.sch.id.");
        dnsd::Outcome outcome;
        outcome.name = name;
        outcome.type = 1;
        std::string reply(100, 'x');
        oversight.shared().finish({*net::IpAddress::parse("10.0.0.1"), 4000, dnsd::Transport::tcp}, outcome, reply,
                                  100);
    }

    dnsd::Oversight oversight{1, {}};

private:
    sockaddr* as_address() { return reinterpret_cast<sockaddr*>(&address_); }

    base::Fd listener_;
    sockaddr_un address_{};
    socklen_t size_ = 0;
    std::optional<dnsd::Control> control_;
};
} // namespace

TEST_CASE("The control socket tells the numbers and closes", "[dnsd][control]")
{
    Fixture fixture;
    fixture.answer_something();
    auto const text = fixture.ask("statistics\n");
    CHECK(text.find("questions 1\n") != std::string::npos);
    CHECK(text.find("type 1 1\n") != std::string::npos);
    CHECK(text.find("name 1 0377777703736368026964") != std::string::npos);
    CHECK(text.substr(text.size() - 4) == "end\n");
}

TEST_CASE("What the control socket does not understand, it says", "[dnsd][control]")
{
    Fixture fixture;
    for (auto const* text : {"\n", "stop\n", "statistics now\n", "watch everything\n", "watch client=me\n",
                             "watch type=65536\n", "watch name=a..b\n", "watch colour=red\n"})
        CHECK(fixture.ask(text) == "unknown\n");
    CHECK(fixture.ask(std::string(2000, 'x')).empty());
}

TEST_CASE("Somebody who watches and does not read holds up nobody", "[dnsd][control]")
{
    Fixture fixture;
    auto const lazy = fixture.visit("watch\n");
    REQUIRE(Fixture::read_until(lazy.get(), "watching\n") == "watching\n");
    for (int i = 0; i < 20000; ++i) fixture.answer_something();
    auto const busy = fixture.visit("watch type=1\n");
    REQUIRE(Fixture::read_until(busy.get(), "watching\n") == "watching\n");
    fixture.answer_something();
    CHECK(Fixture::read_until(busy.get(), "\n").substr(0, 5) == "seen ");
    CHECK(fixture.ask("statistics\n").find("questions 20001\n") != std::string::npos);
}

TEST_CASE("More visitors than there is room for are sent away, and there is room again later", "[dnsd][control]")
{
    Fixture fixture;
    {
        std::vector<base::Fd> visitors;
        for (int i = 0; i < 16; ++i) {
            visitors.push_back(fixture.visit("watch\n"));
            REQUIRE(Fixture::read_until(visitors.back().get(), "\n") == "watching\n");
        }
        CHECK(fixture.ask("statistics\n").empty());
    }
    std::string text;
    for (int tries = 0; tries < 100 && text.empty(); ++tries) text = fixture.ask("statistics\n");
    CHECK_FALSE(text.empty());
}
