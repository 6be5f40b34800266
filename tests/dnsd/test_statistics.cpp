#include "dnsd/serve/oversight.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"

#include <thread>

using dnsd::Counter;
using dnsd::Transport;

namespace
{
dnsd::Client client(char const* text, Transport transport = Transport::udp)
{
    return {*net::IpAddress::parse(text), 4000, transport};
}

struct Question {
    std::string name;
    dnsd::Outcome outcome;

    explicit Question(std::string const& text, std::uint16_t type = 1) : name(dnsd::must_wire_name(text))
    {
        outcome.name = name;
        outcome.name_hash = dnsd::hash_name(name);
        outcome.type = type;
        outcome.received = 40;
    }
    Question(Question const&) = delete;
    Question& operator=(Question const&) = delete;
};

std::string reply_to(std::string const& name)
{
    return std::string("\x12\x34\x84\x03\x00\x01\x00\x00\x00\x00\x00\x00", 12) + name + std::string("\0\1\0\1", 4);
}
} // namespace

TEST_CASE("Questions are counted by transport, type, rcode and opcode over all threads", "[dnsd][statistics]")
{
    dnsd::Statistics statistics(2);
    Question www("www.sch.id.");
    Question high("www.sch.id.", 65280);
    high.outcome.rcode = 3;
    statistics.of_thread(0).count(client("10.0.0.1"), www.outcome, 100);
    statistics.of_thread(1).count(client("2001:db8::1"), www.outcome, 100);
    statistics.shared().count(client("10.0.0.1", Transport::tls), high.outcome, 200);
    auto const sum = statistics.report(10).since_start;
    CHECK(sum.questions() == 3);
    CHECK(sum[Counter::udp] == 2);
    CHECK(sum[Counter::tls] == 1);
    CHECK(sum[Counter::ipv6] == 1);
    CHECK(sum[Counter::octets_in] == 120);
    CHECK(sum[Counter::octets_out] == 400);
    CHECK(sum.types[1] == 2);
    CHECK(sum.types[256] == 1);
    CHECK(sum.rcodes[0] == 2);
    CHECK(sum.rcodes[3] == 1);
    CHECK(sum.opcodes[0] == 3);
}

TEST_CASE("Today begins at midnight, the sum goes on", "[dnsd][statistics]")
{
    dnsd::Statistics statistics(1);
    Question www("www.sch.id."), mail("mail.sch.id.");
    for (int i = 0; i < 5; ++i) statistics.of_thread(0).count(client("10.0.0.1"), www.outcome, 100);
    statistics.begin_day();
    statistics.of_thread(0).count(client("10.0.0.2"), mail.outcome, 100);
    auto const report = statistics.report(10);
    CHECK(report.since_start.questions() == 6);
    CHECK(report.today.questions() == 1);
    CHECK(report.names == dnsd::Statistics::Ranking{{mail.name, 1}});
    CHECK(report.clients.size() == 1);
}

TEST_CASE("The names asked for most are found among thousands, also by sampling", "[dnsd][statistics]")
{
    dnsd::Statistics statistics(2);
    Question first("first.sch.id."), second("second.sch.id.");
    auto const ask = [&](std::size_t batch) {
        for (int i = 0; i < 40000; ++i) {
            auto& slot = statistics.of_thread(static_cast<std::size_t>(i % 2));
            slot.begin_batch(batch);
            Question const other("name" + std::to_string(i) + ".sch.id.");
            slot.count(client("10.0.0.1"),
                       i % 4 == 0   ? first.outcome
                       : i % 7 == 0 ? second.outcome
                                    : other.outcome,
                       50);
        }
    };
    SECTION("each") { ask(1); }
    SECTION("sampled") { ask(32); }
    auto const names = statistics.report(2).names;
    REQUIRE(names.size() == 2);
    CHECK(names[0].first == first.name);
    CHECK(names[0].second == Approx(10000).epsilon(0.15));
    CHECK(names[1].first == second.name);
}

TEST_CASE("Threads that share a slot lose no question", "[dnsd][statistics]")
{
    dnsd::Statistics statistics(0);
    auto const work = [&] {
        Question const www("www.sch.id.");
        for (int i = 0; i < 20000; ++i) statistics.shared().count(client("10.0.0.1", Transport::tcp), www.outcome, 1);
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    CHECK(statistics.report(0).today.questions() == 40000);
}

TEST_CASE("A reply from elsewhere is counted by what is in it", "[dnsd][statistics]")
{
    dnsd::Oversight oversight(1, {});
    auto const note = [&](std::string reply, Transport transport) {
        CHECK(oversight.shared().note(client("10.0.0.1", transport), reply, 40) == reply.size());
    };
    note(reply_to(dnsd::must_wire_name("WWW.example.")), Transport::tcp);
    note("", Transport::udp);
    note(reply_to("\5brok"), Transport::udp);
    auto const report = oversight.statistics().report(10);
    CHECK(report.today.types[1] == 1);
    CHECK(report.today.rcodes[3] == 2);
    CHECK(report.today[Counter::silent] == 1);
    CHECK(report.names.front().first == dnsd::must_wire_name("www.example."));
}

TEST_CASE("A watcher sees what its filter names, and nothing after it has gone", "[dnsd][watch]")
{
    dnsd::Watch watch;
    CHECK_FALSE(watch.is_on());
    Question www("www.sch.id."), other("www.example.", 28);
    auto const show = [&] {
        watch.show(client("10.0.0.1"), www.outcome, reply_to(www.name), dnsd::Sent::whole);
        watch.show(client("10.0.0.2"), other.outcome, reply_to(other.name), dnsd::Sent::limited);
    };
    std::uint64_t missed = 0;
    {
        dnsd::Watch::Watcher by_client(watch, {*net::Network::parse("10.0.0.1"), "", {}});
        dnsd::Watch::Watcher by_name(watch, {{}, dnsd::must_wire_name("example."), {}});
        dnsd::Watch::Watcher by_type(watch, {{}, "", std::uint16_t{28}});
        dnsd::Watch::Watcher all(watch, {});
        CHECK(watch.is_on());
        show();
        auto const seen = by_client.take(missed);
        REQUIRE(seen.size() == 1);
        CHECK(seen[0].name == www.name);
        CHECK(seen[0].reply == reply_to(www.name));
        CHECK(by_name.take(missed).at(0).sent == dnsd::Sent::limited);
        CHECK(by_type.take(missed).size() == 1);
        CHECK(all.take(missed).size() == 2);
        CHECK(all.take(missed).empty());
        CHECK(missed == 0);
    }
    CHECK_FALSE(watch.is_on());
}

TEST_CASE("A watcher that does not look gets what fits and the number of the rest", "[dnsd][watch]")
{
    dnsd::Watch watch;
    dnsd::Watch::Watcher watcher(watch, {});
    Question const www("www.sch.id.");
    for (int i = 0; i < 1200; ++i)
        watch.show(client("10.0.0.1"), www.outcome, std::string(5000, 'x'), dnsd::Sent::whole);
    std::uint64_t missed = 0;
    auto const seen = watcher.take(missed);
    CHECK(seen.size() == dnsd::Watch::most_kept);
    CHECK(missed == 200);
    CHECK(seen.back().reply.size() == dnsd::Watch::shown_octets);
    CHECK(seen.back().size == 5000);
}

TEST_CASE("How long counting takes", "[.][benchmark]")
{
    dnsd::Oversight oversight(1, {*net::Network::parse("127.0.0.0/8")});
    auto observer = oversight.of_thread(0);
    std::vector<std::unique_ptr<Question>> questions;
    for (int i = 0; i < 1000; ++i)
        questions.push_back(std::make_unique<Question>("name" + std::to_string(i) + ".sch.id."));
    std::string reply(100, 'x');
    auto const who = client("127.0.0.1");
    for (std::size_t const names : {10U, 1000U}) {
        constexpr unsigned rounds = 10'000'000;
        auto const begin = std::chrono::steady_clock::now();
        for (unsigned i = 0; i < rounds; ++i) {
            if (i % 32 == 0) observer.begin_batch(32);
            observer.finish(who, questions[i % names]->outcome, reply, reply.size());
        }
        std::chrono::duration<double, std::nano> const time = std::chrono::steady_clock::now() - begin;
        WARN(names << " names: " << time.count() / rounds << " ns");
    }
}
