// The resolver beside zones of our own: aliases that lead outside, and delegated parts.

#include "tests/dnsd/resolver_fixture.h"

using namespace dnsd;
using namespace std::chrono_literals;
using namespace support;
using namespace std::string_literals;

TEST_CASE("an alias of ours is followed to the names of others", "[resolver][alias]")
{
    FakeUpstream upstream([](auto& q, bool tcp) { return with_address(q, tcp); });
    Lan lan({upstream.endpoint()}, with_zones());
    auto const asked = question("WEB2.sch.id.", type_a);
    for (int i = 0; i < 2; ++i) { // asked outside, then from the cache
        auto const reply = lan.ask(asked);
        CHECK(rcode_of(reply) == 0);
        CHECK((at16(reply, 2) & 0x0400) != 0);
        CHECK(at16(reply, 6) == 3);
        CHECK(reply.find(some_address) != std::string::npos);
        CHECK(reply.find(must_wire_name("www.luar.example.")) != std::string::npos);
        CHECK(resolve::read_reply(reply));
    }
    CHECK(upstream.asked() == 1);
    lan.ask(question("www.luar.example.", type_a)); // the same answer
    CHECK(upstream.asked() == 1);
    CHECK(lan.ask(question("here.sch.id.", type_a)).find(std::string("\x7F\0\0\1", 4)) != std::string::npos);
    CHECK(at16(lan.ask(question("ns.sch.id.", type_a)), 6) == 1);
}

TEST_CASE("without forwarders an alias is all we say", "[resolver][alias]")
{
    Lan lan({}, with_zones());
    auto const reply = lan.ask(question("web.sch.id.", type_a));
    CHECK(rcode_of(reply) == 0);
    CHECK(at16(reply, 6) == 1);
}

TEST_CASE("an alias to names of others fails with them", "[resolver][alias][offline]")
{
    FakeUpstream silent(nothing);
    Lan lan({silent.endpoint()}, with_zones());
    CHECK(rcode_of(lan.ask(question("web.sch.id.", type_a))) == 2);
    CHECK(ede_of(lan.ask(question("web.sch.id.", type_a))) == 22);
}

TEST_CASE("names of a delegated part are asked of its servers, forwarders or not", "[resolver][delegation]")
{
    std::atomic<bool> recursion{false};
    FakeUpstream child([&](auto& q, bool) {
        recursion = recursion || (q[2] & 1) != 0;
        return std::vector{reply_to(q, {record(same_name, type_a, 300, some_address)}, 0x8400)};
    });
    Lan lan({}, with_zones(child.endpoint().port));
    auto const reply = lan.ask(question("www.anak.sch.id.", type_a));
    CHECK(rcode_of(reply) == 0);
    CHECK(reply.find(some_address) != std::string::npos);
    CHECK((at16(reply, 2) & 0x0400) == 0);
    lan.ask(question("www.anak.sch.id.", type_a));
    auto const alias = lan.ask(question("ke-anak.sch.id.", type_a));
    CHECK(at16(alias, 6) == 2);
    CHECK(child.asked() == 1);
    CHECK_FALSE(recursion);
    // Where we have no address of the servers and no forwarders: the referral is all we can say.
    auto const far = lan.ask(question("www.far.sch.id.", type_a));
    CHECK(rcode_of(far) == 0);
    CHECK(at16(far, 8) == 1);
}

TEST_CASE("the parent's DS of our zone is asked outside", "[resolver][delegation]")
{
    FakeUpstream upstream(
        [](auto& q, bool) { return std::vector{reply_to(q, {record(same_name, 43, 300, "digest")})}; });
    Lan lan({upstream.endpoint()}, with_zones());
    CHECK(lan.ask(question("sch.id.", 43)).find("digest") != std::string::npos);
    CHECK(at16(lan.ask(question("sch.id.", 48)), 6) == 0);
    CHECK(upstream.asked() == 1);
    Lan alone({}, with_zones());
    CHECK(rcode_of(alone.ask(question("sch.id.", 43))) == 0);
}

TEST_CASE("a delegated part may be delegated further", "[resolver][delegation]")
{
    FakeUpstream both([](auto& q, bool) {
        auto const below = must_wire_name("cucu.anak.sch.id.");
        static std::atomic<int> asked{0};
        if (asked++ > 0) return std::vector{reply_to(q, {record(same_name, type_a, 300, some_address)}, 0x8400)};
        auto referral = reply_to(q,
                                 {record(below, 2, 300, must_wire_name("ns.cucu.anak.sch.id.")),
                                  record(must_wire_name("ns.cucu.anak.sch.id."), 1, 300, "\x7F\0\0\1"s)},
                                 0x8000);
        referral[7] = 0;
        referral[9] = referral[11] = 1;
        return std::vector{referral};
    });
    Lan lan({}, with_zones(both.endpoint().port));
    CHECK(lan.ask(question("www.cucu.anak.sch.id.", type_a)).find(some_address) != std::string::npos);
    CHECK(both.asked() == 2);
}

TEST_CASE("a delegated part whose server is gone fails, and nothing else does", "[resolver][delegation]")
{
    FakeUpstream forwarder([](auto& q, bool tcp) { return with_address(q, tcp); });
    FakeUpstream child(nothing);
    Lan lan({forwarder.endpoint()}, with_zones(child.endpoint().port));
    CHECK(time_of([&] {
              auto const reply = lan.ask(question("www.anak.sch.id.", type_a));
              CHECK(rcode_of(reply) == 2);
              CHECK(ede_of(reply) == 22);
          }) < 3s);
    CHECK(rcode_of(lan.ask(www)) == 0);
    CHECK(forwarder.asked() == 1);
}
