// SASL without a protocol around it: the RFC's own exchange, and everything that must not work.

#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/sasl/login_guard.h"
#include "maild/sasl/scram.h"
#include "tests/support/catch.h"
#include "tests/support/two_people.h"

namespace
{
using maild::sasl::Binding;
using maild::sasl::Channel;
using maild::sasl::Scram;
using Kind = maild::sasl::Step::Kind;

/// The user and password of RFC 7677 section 3.
class RfcSchool final : public support::TwoPeople
{
public:
    ScramLogin scram_login(std::string_view login) override
    {
        if (login != "user") return {directory::make_believe_keys(login, "secret"), std::nullopt};
        directory::User user;
        user.login = "user";
        return {directory::make_scram_keys("pencil", *base::from_base64("W22ZaJ0SNY7soEsUEjb6gQ==")), user};
    }
};

constexpr char const* server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr char const* client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr char const* server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr char const* client_final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                     "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

struct Talk {
    RfcSchool school;
    Scram scram;

    explicit Talk(Channel channel = {}, Binding binding = Binding::without)
        : scram(school, std::move(channel), binding, server_nonce)
    {
    }
};
} // namespace

TEST_CASE("SCRAM-SHA-256 answers as RFC 7677 section 3 shows", "[sasl]")
{
    Talk talk;
    auto const first = talk.scram.take(client_first);
    CHECK(first.kind == Kind::challenge);
    CHECK(first.text == server_first);
    auto const final = talk.scram.take(client_final);
    CHECK(final.kind == Kind::challenge);
    CHECK(final.text == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    auto const done = talk.scram.take("");
    REQUIRE(done.kind == Kind::success);
    CHECK(done.user->login == "user");
}

TEST_CASE("a proof for another password, nonce or channel is refused", "[sasl]")
{
    std::string const good = client_final;
    auto const change = [&](std::string_view from, std::string_view to) { return base::replace_all(good, from, to); };
    for (auto const& final :
         {change("p=dHz", "p=eHz"), change("CAfuxFIlj", "CAfuxFIlk"), change("c=biws", "c=eSws")}) {
        INFO(final);
        Talk talk;
        talk.scram.take(client_first);
        CHECK(talk.scram.take(final).kind == Kind::refused);
    }
}

TEST_CASE("a user that does not exist looks like one, always the same, and never gets in", "[sasl]")
{
    std::string const first = "n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO";
    Talk talk;
    Talk again;
    auto const challenge = talk.scram.take(first);
    CHECK(challenge.kind == Kind::challenge);
    CHECK(challenge.text == again.scram.take(first).text);
    CHECK(talk.scram.take(client_final).kind == Kind::refused);
}

TEST_CASE("messages that are not SCRAM are malformed", "[sasl]")
{
    for (std::string const first :
         {"", "n", "n,", "n,,", "n,,n=user", "n,,r=abc", "n,,n=,r=abc", "n,,n=a=b,r=abc",
          "n,,n=user,r=", "x,,n=user,r=abc", "p=tls-exporter,,n=user,r=abc", "n,,m=ext,n=user,r=abc"}) {
        INFO(first);
        Talk talk;
        CHECK(talk.scram.take(first).kind == Kind::malformed);
    }
    for (std::string const final : {"", "c=biws", "c=biws,r=x", "c=biws,p=AAAA", "p=AAAA", "c=biws,r=x,p=!"}) {
        INFO(final);
        Talk talk;
        talk.scram.take(client_first);
        CHECK(talk.scram.take(final).kind == Kind::malformed);
    }
}

TEST_CASE("a client that could bind to the channel logs in without: -PLUS is not announced", "[sasl]")
{
    Channel const channel{std::string(32, 'e'), std::string(32, 'c')};
    for (std::string const first : {"y,,n=user,r=abc", "n,,n=user,r=abc"}) {
        Talk talk(channel);
        CHECK(talk.scram.take(first).kind == Kind::challenge);
    }
}

TEST_CASE("-PLUS asks for a binding that this connection has", "[sasl]")
{
    Channel const channel{"", std::string(32, 'c')};
    for (std::string const first : {"n,,n=user,r=abc", "y,,n=user,r=abc", "p=tls-unique,,n=user,r=abc",
                                    "p=tls-exporter,,n=user,r=abc", "p=,,n=user,r=abc"}) {
        INFO(first);
        Talk talk(channel, Binding::required);
        CHECK(talk.scram.take(first).kind == Kind::malformed);
    }
    Talk talk(channel, Binding::required);
    CHECK(talk.scram.take("p=tls-server-end-point,,n=user,r=abc").kind == Kind::challenge);
}

TEST_CASE("failed logins of one address close the door for a while, exempt networks are free", "[smtp][auth]")
{
    struct Clock final : base::Clock {
        base::Timestamp time = 0;
        base::Timestamp now() const override { return time; }
    } clock;
    maild::sasl::LoginGuard guard(clock, {*net::Network::parse("10.0.0.0/8")});
    auto const stranger = *net::IpAddress::parse("192.0.2.1");
    auto const pupil = *net::IpAddress::parse("10.1.1.1");
    for (int i = 0; i < 100; ++i) {
        guard.failed(stranger, "ali");
        guard.failed(pupil, "ali");
    }
    CHECK_FALSE(guard.may_try(stranger));
    CHECK(guard.may_try(pupil));
    CHECK(guard.may_try(*net::IpAddress::parse("192.0.2.2")));
    clock.time += 11LL * 60 * 1'000'000;
    CHECK(guard.may_try(stranger));
}
