// The resolver with its thread, against upstreams on loopback that answer as each test wants.

#include "tests/dnsd/resolver_fixture.h"

using namespace dnsd;
using namespace std::chrono_literals;
using namespace support;
using namespace std::string_literals;

TEST_CASE("a name of others is asked for once and then comes from the cache", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) { return with_address(q, tcp); });
    Lan lan({upstream.endpoint()});
    auto const first = lan.ask(www);
    CHECK(rcode_of(first) == 0);
    CHECK(at16(first, 2) == 0x8180);
    CHECK(first.find(some_address) != std::string::npos);
    CHECK(first.substr(0, end_of_question(www)).substr(12) == www.substr(12, end_of_question(www) - 12));
    lan.ask(question("WWW.example.COM.", type_a));
    CHECK(upstream.asked() == 1);
    CHECK(lan.resolver->numbers().hits == 1);
    CHECK(lan.resolver->numbers().misses == 1);
}

TEST_CASE("strangers and those who want no recursion are refused", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) { return with_address(q, tcp); });
    Lan lan({upstream.endpoint()});
    auto const refused = lan.ask(www, "203.0.113.9");
    CHECK(rcode_of(refused) == 5);
    CHECK(ede_of(refused) == 18);
    CHECK(rcode_of(lan.ask(question("www.example.com.", type_a, 1232, 0))) == 5);
    lan.ask(www); // now it is in the cache
    CHECK(rcode_of(lan.ask(www, "203.0.113.9")) == 5);
    CHECK(upstream.asked() == 1);
}

TEST_CASE("without forwarders everything is refused at once", "[resolver]")
{
    Lan lan({});
    CHECK(time_of([&] { CHECK(rcode_of(lan.ask(www)) == 5); }) < 1500ms);
    CHECK(rcode_of(lan.ask(question("localhost.", type_a))) == 0);
}

TEST_CASE("names of our own zones are never asked outside", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) { return with_address(q, tcp); });
    auto given = resolver_options();
    given.zones = [](Query const& query, std::span<char>) {
        Sections sections;
        if (!query.name.whole().ends_with(std::string_view("\2id\0", 4))) sections.rcode = Rcode::refused;
        return sections;
    };
    Lan lan({upstream.endpoint()}, given);
    CHECK(rcode_of(lan.ask(question("www.sch.id.", type_a))) == 0);
    CHECK(rcode_of(lan.ask(question("1.2.168.192.in-addr.arpa.", 12))) == 3);
    CHECK(upstream.asked() == 0);
}

TEST_CASE("many who ask the same are one question to the upstream", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        if (!FakeUpstream::is_probe(q)) std::this_thread::sleep_for(50ms);
        return with_address(q, tcp);
    });
    Lan lan({upstream.endpoint()});
    lan.ask(question("warm.example.com.", type_a));
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 50; ++i) all.push_back(lan.begin(www));
    for (auto& one : all) CHECK(rcode_of(one.get()) == 0);
    CHECK(upstream.asked() == 2);
    CHECK(lan.resolver->numbers().joined == 49);
}

TEST_CASE("replies that do not fit to the letter are no replies", "[resolver][spoof]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        auto const good = with_address(q, tcp).front();
        auto const forged = reply_to(q, {record(same_name, type_a, 300, "\6\6\6\6")});
        auto wrong_id = forged;
        wrong_id[0] = static_cast<char>(wrong_id[0] ^ 1);
        auto other_name = forged;
        other_name[13] = 'x';
        auto other_type = forged;
        other_type[end_of_question(q) - 3] = 28;
        auto no_reply = forged;
        no_reply[2] = 1;
        return std::vector{wrong_id, other_name, other_type, no_reply, forged.substr(0, 20), std::string("x"), good};
    });
    Lan lan({upstream.endpoint()});
    CHECK(lan.ask(www).find(some_address) != std::string::npos);
    CHECK(lan.resolver->numbers().wrong_replies >= 6);
}

TEST_CASE("somebody who guesses the id is beaten by TCP", "[resolver][spoof]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        if (tcp || FakeUpstream::is_probe(q)) return with_address(q, tcp);
        std::vector<std::string> guesses;
        for (std::size_t i = 1; i <= 30; ++i) {
            guesses.push_back(reply_to(q, {record(same_name, type_a, 300, "\6\6\6\6")}));
            guesses.back()[0] = static_cast<char>(byte_at(q, 0) ^ i);
        }
        return guesses;
    });
    Lan lan({upstream.endpoint()});
    CHECK(lan.ask(www).find(some_address) != std::string::npos);
    CHECK(lan.resolver->numbers().by_tcp == 1);
}

TEST_CASE("the case of a question is mixed, and a reply in other case counts only by TCP", "[resolver][0x20]")
{
    std::mutex mutex;
    std::vector<std::string> names;
    FakeUpstream upstream([&](auto& q, bool tcp) {
        if (!FakeUpstream::is_probe(q)) {
            std::lock_guard const lock(mutex);
            names.push_back(q.substr(12, end_of_question(q) - 16));
        }
        auto lower = with_address(q, tcp).front();
        for (std::size_t at = 12; at + 4 < end_of_question(q); ++at) lower[at] = lower_byte(lower[at]);
        return std::vector{lower};
    });
    Lan lan({upstream.endpoint()});
    auto const name = std::string("a-name-with-many-letters.in-this-test.example.");
    CHECK(rcode_of(lan.ask(question(name, type_a))) == 0);
    CHECK(lan.resolver->numbers().by_tcp == 1);
    CHECK(rcode_of(lan.ask(question("x." + name, type_a))) == 0);
    CHECK(lan.resolver->numbers().by_tcp == 1); // the server is known to be like this now
    REQUIRE(names.size() == 3);
    CHECK(names[0] != must_wire_name(name));
    CHECK(names[2] == must_wire_name("x." + name));
}

TEST_CASE("what is too long comes by TCP", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        if (FakeUpstream::is_probe(q)) return with_address(q, tcp);
        if (!tcp) return std::vector{reply_to(q, {}, 0x8380)};
        return std::vector{reply_to(q, std::vector<std::string>(200, record(same_name, type_a, 300, some_address)))};
    });
    Lan lan({upstream.endpoint()});
    auto const cut = lan.ask(www);
    CHECK((at16(cut, 2) & 0x0200) != 0);
    auto const whole = lan.ask(www, "127.0.0.1", Transport::tcp);
    CHECK(at16(whole, 6) == 200);
    CHECK(upstream.asked() == 2);
}

TEST_CASE("an upstream without EDNS is asked without", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        if (at16(q, 10) == 0) return with_address(q, tcp);
        return std::vector{header(at16(q, 0), 0x8181, {0, 0, 0, 0})};
    });
    Lan lan({upstream.endpoint()});
    CHECK(rcode_of(lan.ask(www)) == 0);
}

TEST_CASE("the second forwarder answers when the first one cannot", "[resolver]")
{
    FakeUpstream failing([](auto& q, bool) { return std::vector{reply_to(q, {}, 0x8182)}; });
    FakeUpstream silent(nothing);
    FakeUpstream good([](auto& q, bool tcp) { return with_address(q, tcp); });
    SECTION("because it fails")
    {
        Lan lan({failing.endpoint(), good.endpoint()});
        for (int i = 0; i < 5; ++i) CHECK(rcode_of(lan.ask(question(std::to_string(i) + ".example.", type_a))) == 0);
    }
    SECTION("because it is silent")
    {
        Lan lan({silent.endpoint(), good.endpoint()});
        CHECK(time_of([&] { CHECK(rcode_of(lan.ask(www)) == 0); }) < 1500ms);
    }
}

TEST_CASE("what an upstream says about a failure is passed on", "[resolver][rfc8914]")
{
    FakeUpstream upstream([](auto& q, bool) {
        auto reply = reply_to(q, {}, 0x8182);
        reply[11] = 1;
        return std::vector{reply + opt(ede_option(6))};
    });
    Lan lan({upstream.endpoint()});
    auto const reply = lan.ask(www);
    CHECK(rcode_of(reply) == 2);
    CHECK(ede_of(reply) == 6);
    lan.ask(www); // kept for some seconds (RFC 9520)
    CHECK(upstream.asked() == 1);
}

TEST_CASE("without Internet the first failure comes within two seconds, the others at once", "[resolver][offline]")
{
    FakeUpstream one(nothing);
    FakeUpstream two(nothing);
    Lan lan({one.endpoint(), two.endpoint()});
    auto const first = time_of([&] {
        auto const reply = lan.ask(www);
        CHECK(rcode_of(reply) == 2);
        CHECK(ede_of(reply) == 22);
    });
    CHECK(first < 2s);
    CHECK(time_of([&] {
              for (int i = 0; i < 100; ++i) {
                  auto const reply = lan.ask(question(std::to_string(i) + ".example.", type_a));
                  CHECK(rcode_of(reply) == 2);
                  CHECK(ede_of(reply) == 22);
              }
          }) < 1500ms);
}

TEST_CASE("a port that is closed counts at once", "[resolver][offline]")
{
    net::Endpoint gone;
    {
        FakeUpstream upstream(nothing);
        gone = upstream.endpoint();
    }
    Lan lan({gone});
    CHECK(time_of([&] {
              auto const reply = lan.ask(www);
              CHECK(rcode_of(reply) == 2);
              CHECK(ede_of(reply) == 23);
          }) < 1s);
}

TEST_CASE("answers outlive their time when nobody can be asked", "[resolver][offline][rfc8767]")
{
    std::atomic<bool> away{false};
    FakeUpstream upstream(
        [&](auto& q, bool tcp) { return away ? std::vector<std::string>() : with_address(q, tcp, 1); });
    Lan lan({upstream.endpoint()});
    CHECK(ede_of(lan.ask(www)) == -1);
    away = true;
    auto stale = lan.ask(www);
    for (int i = 0; ede_of(stale) == -1 && i < 500; ++i) { // until the TTL is over
        std::this_thread::sleep_for(10ms);
        stale = lan.ask(www);
    }
    CHECK(stale.find(some_address) != std::string::npos);
    CHECK(ede_of(stale) == 3);
    CHECK(time_of([&] { CHECK(ede_of(lan.ask(www)) == 3); }) < 1500ms);
    CHECK(rcode_of(lan.ask(question("other.example.", type_a))) == 2);
    away = false; // a probe finds out
    auto const end = std::chrono::steady_clock::now() + 10s;
    while (ede_of(lan.ask(question("new.example.", type_a))) != -1 && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(20ms);
    CHECK(rcode_of(lan.ask(question("newer.example.", type_a))) == 0);
}

TEST_CASE("a client that asks for too much at once keeps nobody else waiting", "[resolver]")
{
    FakeUpstream upstream([](auto& q, bool tcp) {
        bool const slow = q.size() > 13 && (q[13] | 32) == 'f';
        return slow ? std::vector<std::string>() : with_address(q, tcp);
    });
    Lan lan({upstream.endpoint()});
    std::vector<std::future<std::string>> flood;
    for (int i = 0; i < 500; ++i) flood.push_back(lan.begin(question("f" + std::to_string(i) + ".example.", type_a)));
    CHECK(lan.resolver->numbers().refused == 400);
    CHECK(time_of([&] { CHECK(rcode_of(lan.ask(www, "192.168.1.2")) == 0); }) < 1500ms);
    lan.resolver.reset(); // whoever waits is told nothing
    for (auto& one : flood) REQUIRE(one.wait_for(1s) == std::future_status::ready);
}

TEST_CASE("other forwarders are asked as soon as they are set", "[resolver]")
{
    FakeUpstream one([](auto& q, bool tcp) { return with_address(q, tcp); });
    FakeUpstream two(
        [](auto& q, bool) { return std::vector{reply_to(q, {record(same_name, type_a, 300, "\1\1\1\1")})}; });
    Lan lan({one.endpoint()});
    CHECK(lan.ask(www).find(some_address) != std::string::npos);
    lan.set({two.endpoint()});
    auto const end = std::chrono::steady_clock::now() + 1s;
    while (lan.ask(www).find("\1\1\1\1") == std::string::npos && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(10ms);
    CHECK(lan.ask(www).find("\1\1\1\1") != std::string::npos); // the cache was emptied
    lan.set({});
    while (rcode_of(lan.ask(www)) == 0 && std::chrono::steady_clock::now() < end + 1s)
        std::this_thread::sleep_for(10ms);
    CHECK(rcode_of(lan.ask(question("other.example.", type_a))) == 5);
}

TEST_CASE("every question gets one reply, whatever upstreams do", "[resolver][stress]")
{
    // Upstreams that answer, are silent, refuse, cut, lie, and break their TCP connections; forwarders that change.
    std::atomic<unsigned> counter{0};
    auto const moody = [&](std::string const& q, bool tcp) -> std::vector<std::string> {
        switch (counter++ % 11) {
        case 0: return {};
        case 1: return {reply_to(q, {}, 0x8182)};
        case 2: return {reply_to(q, {}, 0x8380)};
        case 3: return {std::string("\0\1garbage", 9)};
        case 4: return {reply_to(q, {}, 0x8185)};
        case 5: return {with_address(q, tcp).front().substr(0, 30), with_address(q, tcp).front()};
        case 6: return {reply_to(q, {record(same_name, type_a, 0, some_address)})};
        default: return with_address(q, tcp);
        }
    };
    FakeUpstream one(moody);
    FakeUpstream two(moody);
    auto given = with_zones(two.endpoint().port);
    given.cache_bytes = 64 << 10;
    given.give_up = 300ms;
    given.give_up_late = 600ms;
    Lan lan({one.endpoint(), two.endpoint()}, given);
    std::atomic<int> replies{0};
    std::atomic<int> wrong{0};
    auto const client = [&](int number) {
        auto const address = "192.168.0." + std::to_string(number + 1);
        for (int i = 0; i < 100; ++i) {
            auto const parent = i % 7 == 0 ? ".anak.sch.id." : i % 5 == 0 ? ".web.sch.id." : ".example.";
            auto const name = i % 9 == 0 ? "web2.sch.id." : "n" + std::to_string(i % 60) + parent;
            auto const transport = i % 4 == 0 ? Transport::tcp : Transport::udp;
            auto const reply = lan.begin(question(name, type_a), address.c_str(), transport).get();
            ++replies;
            bool const good = reply.size() >= 12 && at16(reply, 0) == 0x1234 && resolve::read_reply(reply);
            if (!good) ++wrong;
        }
    };
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) clients.emplace_back(client, i);
    for (int i = 0; i < 30 && replies < 700; ++i) {
        lan.set(i % 3 == 0 ? std::vector{two.endpoint()} : std::vector{one.endpoint(), two.endpoint()});
        std::this_thread::sleep_for(20ms);
    }
    for (auto& thread : clients) thread.join();
    CHECK(replies == 8 * 100);
    CHECK(wrong == 0);
    CHECK(lan.resolver->numbers().waiting == 0);
    CHECK(lan.resolver->numbers().cached_bytes <= given.cache_bytes);
}
