#include "dnsd/serve/oversight.h"
#include "dnsd/serve/rate_limit.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"

#include <map>

using dnsd::AnswerKind;
using dnsd::Outcome;
using dnsd::RateLimit;
using Verdict = RateLimit::Verdict;
using namespace std::chrono_literals;

namespace
{
constexpr dnsd::SipKey key{1, 2};

net::IpAddress address(char const* text) { return *net::IpAddress::parse(text); }

Outcome answer(AnswerKind kind, std::string const& about, std::uint16_t type = 1)
{
    Outcome outcome;
    outcome.kind = kind;
    outcome.type = type;
    outcome.about = dnsd::hash_name(dnsd::must_wire_name(about));
    return outcome;
}

Outcome const www = answer(AnswerKind::positive, "www.sch.id.");

/// Asks `times` times at the same moment.
std::map<Verdict, int> flood(RateLimit& limit, net::IpAddress const& client, Outcome const& outcome, int times,
                             std::chrono::microseconds now)
{
    std::map<Verdict, int> verdicts;
    for (int i = 0; i < times; ++i) ++verdicts[limit.judge(client, outcome, now)];
    return verdicts;
}
} // namespace

TEST_CASE("SipHash gives the numbers of its authors", "[dnsd][rrl]")
{
    dnsd::SipKey const theirs{0x0706050403020100U, 0x0F0E0D0C0B0A0908U};
    std::string bytes;
    for (char c = 0; c < 15; ++c) bytes += c;
    CHECK(dnsd::siphash<2, 4>(theirs, bytes) == 0xA129CA6149BE45E5U);
    CHECK(dnsd::siphash<2, 4>(theirs, "") == 0x726FDB47DD0E0E31U);
    CHECK(dnsd::siphash<2, 4>(theirs, bytes.substr(0, 8)) == 0x93F5F5799A932462U);
}

TEST_CASE("A second's worth of answers goes out, and then the rate", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({20, 2});
    auto const client = address("198.51.100.7");
    auto const first = flood(limit, client, www, 100, 1000s);
    CHECK(first.at(Verdict::send) == 20);
    CHECK(first.at(Verdict::slip) == 40);
    CHECK(first.at(Verdict::drop) == 40);
    CHECK(flood(limit, client, www, 100, 1000s + 500ms).at(Verdict::send) == 10);
    CHECK(flood(limit, client, www, 100, 1060s).at(Verdict::send) == 20);
}

TEST_CASE("A client below the rate never notices the limit", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({20, 2});
    for (auto now = 0ms; now < 60s; now += 50ms)
        REQUIRE(limit.judge(address("198.51.100.7"), www, now) == Verdict::send);
}

TEST_CASE("Slip 0 sends nothing, slip 1 sends every limited answer cut short", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    auto const client = address("2001:db8::1");
    limit.set({5, 0});
    CHECK(flood(limit, client, www, 50, 1s) == std::map<Verdict, int>{{Verdict::send, 5}, {Verdict::drop, 45}});
    limit.set({5, 1});
    CHECK(flood(limit, client, www, 50, 10s) == std::map<Verdict, int>{{Verdict::send, 5}, {Verdict::slip, 45}});
    limit.set({5, 10});
    CHECK(flood(limit, client, www, 55, 20s).at(Verdict::slip) == 5);
}

TEST_CASE("Rate 0 limits nobody", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({0, 2});
    CHECK(flood(limit, address("198.51.100.7"), www, 10000, 1s).at(Verdict::send) == 10000);
}

TEST_CASE("The addresses of one network share a limit, those of two do not", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({10, 0});
    auto const used_up = [&](char const* by, char const* other) {
        static auto now = 0s;
        now += 10s;
        flood(limit, address(by), www, 10, now);
        return limit.judge(address(other), www, now) != Verdict::send;
    };
    CHECK(used_up("198.51.100.1", "198.51.100.254"));
    CHECK_FALSE(used_up("198.51.100.1", "198.51.101.1"));
    CHECK(used_up("2001:db8:0:1::1", "2001:db8:0:ff:1::1"));
    CHECK_FALSE(used_up("2001:db8:0:100::1", "2001:db8:0:200::1"));
}

TEST_CASE("Kinds of answers have limits of their own", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({10, 0});
    auto const share = [&](Outcome const& a, Outcome const& b) {
        static auto now = 0s;
        now += 10s;
        flood(limit, address("198.51.100.1"), a, 10, now);
        return limit.judge(address("198.51.100.1"), b, now) != Verdict::send;
    };
    CHECK_FALSE(share(www, answer(AnswerKind::positive, "mail.sch.id.")));
    CHECK_FALSE(share(www, answer(AnswerKind::positive, "www.sch.id.", 28)));
    CHECK_FALSE(share(www, answer(AnswerKind::no_data, "www.sch.id.")));
    // Whoever makes up names must not get a fresh limit with each of them.
    CHECK(share(answer(AnswerKind::no_such_name, "sch.id.", 1), answer(AnswerKind::no_such_name, "sch.id.", 28)));
    CHECK(share(answer(AnswerKind::referral, "sub.sch.id.", 1), answer(AnswerKind::referral, "sub.sch.id.", 16)));
    CHECK(share(answer(AnswerKind::error, "a.example."), answer(AnswerKind::error, "b.example.")));
}

TEST_CASE("Free networks are known by their prefix", "[dnsd][rrl]")
{
    RateLimit const limit({*net::Network::parse("192.168.10.0/24"), *net::Network::parse("fd00::/8")}, key);
    CHECK(limit.is_free(address("192.168.10.77")));
    CHECK(limit.is_free(address("fd12::1")));
    CHECK_FALSE(limit.is_free(address("192.168.11.1")));
    CHECK_FALSE(limit.is_free(address("198.51.100.1")));
    CHECK_FALSE(limit.is_free(address("2001:db8::1")));
}

TEST_CASE("More networks than the table holds take nothing from a network that is over its limit for long",
          "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({20, 0});
    auto const victim = address("198.51.100.7");
    int sent = 0;
    for (std::uint32_t i = 0; i < 400000; ++i) {
        limit.judge(net::IpAddress::from_v4(i << 8U), www, 5s);
        if (i % 100 == 0 && limit.judge(victim, www, 5s) == Verdict::send) ++sent;
    }
    CHECK(sent <= 40);
}

TEST_CASE("The rate holds although the clock's digits in an account begin anew", "[dnsd][rrl]")
{
    RateLimit limit({}, key);
    limit.set({10, 0});
    auto const client = address("198.51.100.7");
    auto const end = std::chrono::microseconds(std::int64_t{1} << 36);
    CHECK(flood(limit, client, www, 30, end - 100ms).at(Verdict::send) == 10);
    CHECK(flood(limit, client, www, 30, end + 100ms).at(Verdict::send) == 2);
    CHECK(flood(limit, client, www, 30, 3 * end).at(Verdict::send) == 10);
}

namespace
{
/// One server's oversight, and replies to send through it.
struct Fixture {
    dnsd::Oversight oversight{1, {*net::Network::parse("127.0.0.0/8")}};
    dnsd::Observer observer = oversight.of_thread(0);
    dnsd::Client client{address("198.51.100.7"), 4000, dnsd::Transport::udp};
    Outcome outcome = www;
    std::string reply =
        std::string("\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x01", 12) + "question" + "answer" + "opt";

    Fixture()
    {
        outcome.question_end = 20;
        outcome.opt_size = 3;
        oversight.rate_limit().set({1, 1});
        observer.begin_batch(1);
    }
    std::string send()
    {
        auto copy = reply;
        copy.resize(observer.finish(client, outcome, copy, copy.size()));
        return copy;
    }
};
} // namespace

TEST_CASE("A slipped answer is header, question and OPT, with TC", "[dnsd][rrl]")
{
    Fixture fixture;
    CHECK(fixture.send() == fixture.reply);
    CHECK(fixture.send() == std::string("\x12\x34\x86\x00\x00\x01\x00\x00\x00\x00\x00\x01", 12) + "question" + "opt");
    fixture.outcome.opt_size = 0;
    CHECK(fixture.send() == std::string("\x12\x34\x86\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) + "question");
    CHECK(fixture.oversight.statistics().report(0).today[dnsd::Counter::slipped] == 2);
}

TEST_CASE("TCP, a valid cookie and a free network are not limited", "[dnsd][rrl]")
{
    Fixture fixture;
    fixture.send();
    REQUIRE(fixture.send() != fixture.reply);
    SECTION("TCP") { fixture.client.transport = dnsd::Transport::tcp; }
    SECTION("a cookie") { fixture.outcome.has_cookie = true; }
    SECTION("a free network") { fixture.client.address = address("127.1.2.3"); }
    CHECK(fixture.send() == fixture.reply);
    CHECK(fixture.send() == fixture.reply);
}

TEST_CASE("Replies from elsewhere are limited when they are refusals, all together", "[dnsd][rrl]")
{
    Fixture fixture;
    auto const note = [&](char last_of_name, char rcode) {
        std::string reply("\x12\x34\x84\x00\x00\x01\x00\x00\x00\x00\x00\x00\1a\0\0\1\0\1", 19);
        reply[3] = rcode;
        reply[13] = last_of_name;
        auto const size = fixture.oversight.shared().note(fixture.client, reply, 40);
        return size == reply.size() && (reply[2] & 2) == 0;
    };
    CHECK(note('a', 0));
    CHECK(note('a', 0));
    CHECK(note('c', 9));
    CHECK_FALSE(note('d', 9));
}

TEST_CASE("How long the limit takes", "[.][benchmark]")
{
    RateLimit limit({*net::Network::parse("127.0.0.0/8"), *net::Network::parse("fd00::/8")}, key);
    auto outcome = www;
    auto const measure = [&](char const* what, auto const& work) {
        constexpr unsigned rounds = 20'000'000;
        auto const begin = std::chrono::steady_clock::now();
        unsigned sum = 0;
        for (unsigned i = 0; i < rounds; ++i) sum += work(i);
        std::chrono::duration<double, std::nano> const time = std::chrono::steady_clock::now() - begin;
        WARN(what << ": " << time.count() / rounds << " ns (" << sum << ")");
    };
    auto const client = address("198.51.100.7");
    auto const loopback = address("127.0.0.1");
    auto const now = [](unsigned i) { return std::chrono::microseconds(i / 2); };
    measure("free", [&](unsigned) { return unsigned{limit.is_free(loopback)}; });
    measure("one account", [&](unsigned i) { return static_cast<unsigned>(limit.judge(client, outcome, now(i))); });
    measure("100 names", [&](unsigned i) {
        outcome.about = i % 100;
        return static_cast<unsigned>(limit.judge(client, outcome, now(i)));
    });
    measure("random networks", [&](unsigned i) {
        return static_cast<unsigned>(limit.judge(net::IpAddress::from_v4(i * 2654435761U), outcome, now(i)));
    });
}
