// The pieces of the LAN's resolver: replies of upstreams, the cache, names that are never forwarded, health.

#include "dnsd/resolve/answer_cache.h"
#include "dnsd/resolve/client_reply.h"
#include "dnsd/resolve/local_names.h"
#include "dnsd/resolve/reply.h"
#include "dnsd/resolve/resolver_state.h"
#include "dnsd/resolve/upstream.h"
#include "dnsd/zone/forwarder_setting.h"
#include "tests/dnsd/foreign_messages.h"
#include "tests/support/catch.h"

using namespace dnsd;
using namespace dnsd::resolve;
using namespace std::chrono_literals;
using namespace support;

namespace
{
std::string const asked = question_section("www.example.com.", 1);
std::size_t const body_at = 12 + asked.size();

std::string reply_with(std::vector<std::string> const& answers, std::vector<std::string> const& authorities = {},
                       std::vector<std::string> const& additionals = {}, std::size_t flags = 0x8180)
{
    auto bytes = header(1, flags, {1, answers.size(), authorities.size(), additionals.size()}) + asked;
    for (auto const* section : {&answers, &authorities, &additionals})
        for (auto const& one : *section) bytes += one;
    return bytes;
}

std::string write(std::string const& message, Answer const& answer, Age const& age = {},
                  Transport transport = Transport::udp)
{
    Query query;
    REQUIRE(read_query(message, transport, query) == Rcode::no_error);
    std::string room(65535, '\0');
    return room.substr(0, write_reply(query, {}, answer.view(), age, room));
}

Answer answer_of(std::string const& message, Lifetimes const& lifetimes = {})
{
    auto const reply = read_reply(message);
    REQUIRE(reply);
    return make_answer(message, *reply, lifetimes);
}

Answer answer_of_size(std::size_t size)
{
    Answer answer;
    answer.body.assign(size, 'x');
    answer.shape.needed = size;
    return answer;
}

struct Cache {
    explicit Cache(std::size_t limit) : cache(limit) {}
    void put(std::string const& name, Seconds now, std::size_t size, Seconds lifetime = 100, Seconds stale = 1000)
    {
        cache.put(cache.key(name), now, answer_of_size(size).view(), lifetime, stale);
    }
    bool has(std::string const& name, Seconds now, AnswerCache::Accept accept = AnswerCache::Accept::fresh)
    {
        return cache.find(cache.key(name), now, accept, [](auto&&...) {});
    }
    AnswerCache cache;
};
} // namespace

// --- replies

TEST_CASE("a reply's counts, places of TTLs and lifetime are found", "[resolver][reply]")
{
    auto const message =
        reply_with({record(same_name, 1, 300, some_address), record(same_name, 1, 200, some_address)},
                   {record(same_name, 2, 5000, same_name)}, {opt(ede_option(6))});
    auto const reply = read_reply(message);
    REQUIRE(reply);
    CHECK(reply->answers == 2);
    CHECK(reply->authorities == 1);
    CHECK(reply->additionals == 0);
    CHECK(reply->lifetime == 200);
    CHECK(reply->ede == 6);
    CHECK(reply->end == message.size() - opt(ede_option(6)).size());
    CHECK(reply->ttls == std::vector<std::uint16_t>{static_cast<std::uint16_t>(body_at + 6),
                                                    static_cast<std::uint16_t>(body_at + 22),
                                                    static_cast<std::uint16_t>(body_at + 38)});
}

TEST_CASE("no such name lives as long as the SOA says, at most its minimum", "[resolver][reply][rfc2308]")
{
    CHECK(read_reply(reply_with({}, {record(same_name, 6, 900, soa_data(60))}, {}, 0x8183))->lifetime == 60);
    CHECK(read_reply(reply_with({}, {record(same_name, 6, 30, soa_data(60))}, {}, 0x8183))->lifetime == 30);
    // The same for "no such type", and behind a chain no longer than the chain.
    CHECK(read_reply(reply_with({}, {record(same_name, 6, 900, soa_data(60))}))->lifetime == 60);
    CHECK(read_reply(reply_with({record(same_name, 5, 20, same_name)}, {record(same_name, 6, 900, soa_data(60))}))
              ->lifetime == 20);
    CHECK(read_reply(reply_with({}, {}, {}, 0x8183))->lifetime == 0);
}

TEST_CASE("a TTL with its highest bit set is zero", "[resolver][reply][rfc2181]")
{
    auto const message = reply_with({record(same_name, 1, 0x80000001U, some_address)});
    CHECK(read_reply(message)->lifetime == 0);
    CHECK(at16(answer_of(message).body, 6 + 2) == 0);
}

TEST_CASE("broken replies are none", "[resolver][reply]")
{
    auto const good = reply_with({record(same_name, 5, 300, same_name)}, {}, {opt()});
    REQUIRE(read_reply(good));
    for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(read_reply(good.substr(0, size)));
    CHECK(read_reply(good + "rest")->end == good.size() - opt().size());

    auto const pointer = [](std::size_t to) { return number16(0xC000U | to); };
    CHECK_FALSE(read_reply(reply_with({record(pointer(body_at), 1, 1, some_address)})));     // to itself
    CHECK_FALSE(read_reply(reply_with({record(pointer(body_at + 4), 1, 1, some_address)}))); // forward
    CHECK_FALSE(read_reply(reply_with({record(pointer(2), 1, 1, some_address)})));           // into the header
    CHECK_FALSE(read_reply(reply_with({record("\x40", 1, 1, some_address)})));
    CHECK_FALSE(read_reply(reply_with({record(same_name, 1, 1, "abc")})));
    CHECK_FALSE(read_reply(reply_with({record(same_name, 28, 1, some_address)})));
    CHECK_FALSE(read_reply(reply_with({record(same_name, 5, 1, same_name + "x")})));
    CHECK_FALSE(read_reply(reply_with({record(same_name, 15, 1, "\1")})));
    CHECK_FALSE(read_reply(reply_with({record(same_name, 6, 1, same_name + same_name)})));
    CHECK_FALSE(read_reply(reply_with({}, {}, {opt(), opt()})));
    CHECK_FALSE(read_reply(reply_with({opt()})));
    CHECK_FALSE(read_reply(reply_with({}, {}, {opt(std::string("\0\x0A\0\x09", 4) + "123456789")})));
}

TEST_CASE("no name may run through a TTL, which will be changed", "[resolver][reply]")
{
    // The TTL of the first record reads as a label of two octets and the name's end.
    auto const ttl_as_name = record(same_name, 1, 0x02616200U, some_address);
    auto const into_ttl = number16(0xC000U | (body_at + 6));
    CHECK_FALSE(read_reply(reply_with({ttl_as_name, record(into_ttl, 1, 1, some_address)})));
    CHECK(read_reply(reply_with({ttl_as_name, record(same_name, 1, 1, some_address)})));
}

TEST_CASE("records behind OPT are left out", "[resolver][reply]")
{
    auto const message = reply_with(
        {}, {}, {record(same_name, 1, 9, some_address), opt(), record(std::string(1, '\0'), 250, 0, "signature")});
    auto const reply = read_reply(message);
    REQUIRE(reply);
    CHECK(reply->additionals == 1);
    CHECK(reply->ttls.size() == 1);
}

// --- what clients get

TEST_CASE("a reply has the client's id, spelling and flags, and TTLs counted down", "[resolver][reply]")
{
    auto const answer = answer_of(reply_with({record(same_name, 1, 300, some_address)}, {}, {opt()}, 0x85B0));
    auto const message = question("wWw.EXAMPLE.com.", 1);
    auto const reply = write(message, answer, {100, {}});
    CHECK(at16(reply, 0) == 0x1234);
    CHECK(at16(reply, 2) == 0x8180); // no AA, AD and CD of theirs
    CHECK(reply.substr(12, asked.size()) == message.substr(12, asked.size()));
    CHECK(at16(reply, 6) == 1);
    CHECK(at16(reply, 10) == 1);
    CHECK(at16(reply, body_at + 8) == 200);
    CHECK(reply.size() == body_at + 16 + opt().size());
}

TEST_CASE("AD is passed on to those who want to know", "[resolver][reply][rfc6840]")
{
    auto const answer = answer_of(reply_with({record(same_name, 1, 300, some_address)}, {}, {}, 0x81A0));
    CHECK((at16(write(question("www.example.com.", 1), answer), 2) & 0x20) == 0);
    CHECK((at16(write(question("www.example.com.", 1, 1232, 0x0120), answer), 2) & 0x20) != 0);
    CHECK((at16(write(question("www.example.com.", 1, 1232, 0x0100, true), answer), 2) & 0x20) != 0);
}

TEST_CASE("what is too large goes without additional records, then as TC", "[resolver][reply]")
{
    std::vector<std::string> const many(20, record(same_name, 1, 300, some_address));
    std::vector<std::string> const more(20, record(same_name, 28, 300, std::string(16, 'x')));
    auto const answer = answer_of(reply_with(many, {}, more));
    auto const whole = write(question("www.example.com.", 1), answer);
    CHECK(at16(whole, 10) == 21);
    auto const needed = write(question("www.example.com.", 1, 0), answer);
    CHECK(at16(needed, 6) == 20);
    CHECK(at16(needed, 10) == 0);
    CHECK((at16(needed, 2) & 0x0200) == 0);
    auto const larger = answer_of(reply_with(std::vector<std::string>(40, many.front())));
    auto const cut = write(question("www.example.com.", 1, 0), larger);
    CHECK((at16(cut, 2) & 0x0200) != 0);
    CHECK(at16(cut, 6) == 0);
    CHECK(cut.size() == body_at);
    CHECK(at16(write(question("www.example.com.", 1, 0), larger, {}, Transport::tcp), 6) == 40);
}

TEST_CASE("a stale answer says so", "[resolver][reply][rfc8767]")
{
    auto const answer = answer_of(reply_with({record(same_name, 1, 300, some_address)}));
    auto const reply = write(question("www.example.com.", 1), answer, {400, 30});
    CHECK(at16(reply, body_at + 8) == 30);
    CHECK(ede_of(reply) == 3);
    auto const gone = answer_of(reply_with({}, {record(same_name, 6, 900, soa_data(60))}, {}, 0x8183));
    CHECK(ede_of(write(question("www.example.com.", 1), gone, {100, 30})) == 19);
}

TEST_CASE("TTLs are kept within bounds", "[resolver][reply]")
{
    Lifetimes lifetimes;
    lifetimes.least = 10;
    lifetimes.most = 1000;
    lifetimes.most_negative = 100;
    auto const long_one = answer_of(reply_with({record(same_name, 1, 999999, some_address)}), lifetimes);
    CHECK(long_one.lifetime == 1000);
    CHECK(at16(long_one.body, 8) == 1000);
    CHECK(answer_of(reply_with({record(same_name, 1, 0, some_address)}), lifetimes).lifetime == 10);
    CHECK(answer_of(reply_with({}, {record(same_name, 6, 900, soa_data(900))}, {}, 0x8183), lifetimes).lifetime ==
          100);
    CHECK(answer_of(reply_with({record(same_name, 1, 0, some_address)})).lifetime == 0);
}

// --- the cache

TEST_CASE("an answer is found within its TTL, and later only when it may be stale", "[resolver][cache]")
{
    Cache cache(1 << 20);
    cache.put("a", 50, 100, 10, 20);
    CHECK(cache.has("a", 59));
    CHECK_FALSE(cache.has("b", 59));
    CHECK_FALSE(cache.has("a", 60));
    CHECK(cache.has("a", 60, AnswerCache::Accept::stale));
    CHECK_FALSE(cache.has("a", 80, AnswerCache::Accept::stale));
    CHECK(cache.cache.numbers().answers == 0);
}

TEST_CASE("an answer that could not be refreshed is given for a while without asking again",
          "[resolver][cache][rfc8767]")
{
    Cache cache(1 << 20);
    cache.put("a", 0, 100, 10, 1000);
    cache.cache.postpone(cache.cache.key("a"), 20, 50);
    CHECK(cache.has("a", 30));
    CHECK_FALSE(cache.has("a", 50));
}

TEST_CASE("an answer that is used is refreshed before its time is over", "[resolver][cache]")
{
    Cache cache(1 << 20);
    cache.put("a", 0, 100, 100);
    auto const wants_refresh = [&](Seconds now) {
        bool refresh = false;
        cache.cache.find(cache.cache.key("a"), now, AnswerCache::Accept::fresh,
                         [&](AnswerView const&, AnswerCache::Hit const& hit) { refresh = hit.refresh; });
        return refresh;
    };
    CHECK_FALSE(wants_refresh(80));
    CHECK(wants_refresh(90));
    CHECK_FALSE(wants_refresh(91));
    cache.put("a", 92, 100, 100);
    CHECK_FALSE(wants_refresh(100));
    CHECK(wants_refresh(191));
    cache.put("a", 0, 100, 20);
    CHECK_FALSE(wants_refresh(19));
}

TEST_CASE("the cache stays within its memory", "[resolver][cache]")
{
    std::size_t const limit = 256 << 10;
    Cache cache(limit);
    for (int i = 0; i < 20000; ++i) cache.put(std::to_string(i), 0, static_cast<std::size_t>(50 + i % 300));
    auto const numbers = cache.cache.numbers();
    CHECK(numbers.bytes <= limit);
    CHECK(numbers.bytes > limit / 2);
    CHECK(numbers.evicted > 15000);
    cache.put("too large", 0, limit / 8);
    cache.put("large", 0, 5000);
    CHECK_FALSE(cache.has("too large", 0));
    CHECK(cache.has("large", 0));
}

TEST_CASE("names asked once displace none that were asked for twice", "[resolver][cache]")
{
    Cache cache(256 << 10);
    for (int i = 0; i < 100; ++i) {
        cache.put("school" + std::to_string(i), 0, 100);
        REQUIRE(cache.has("school" + std::to_string(i), 0));
    }
    for (int i = 0; i < 50000; ++i) cache.put("flood" + std::to_string(i), 0, 100);
    int found = 0;
    for (int i = 0; i < 100; ++i) found += cache.has("school" + std::to_string(i), 0) ? 1 : 0;
    CHECK(found == 100);
}

TEST_CASE("a newer answer takes the older one's place", "[resolver][cache]")
{
    Cache cache(1 << 20);
    cache.put("a", 0, 100, 10);
    cache.put("a", 5, 200, 10);
    CHECK(cache.cache.numbers().answers == 1);
    std::size_t size = 0;
    cache.cache.find(cache.cache.key("a"), 12, AnswerCache::Accept::fresh,
                     [&](AnswerView const& view, AnswerCache::Hit const&) { size = view.body.size(); });
    CHECK(size == 200);
    cache.cache.clear();
    CHECK_FALSE(cache.has("a", 12));
    CHECK(cache.cache.numbers().bytes == 0);
}

// --- names that are never forwarded

TEST_CASE("private and special names are answered here", "[resolver][rfc6303][rfc6761]")
{
    auto const rcode_for = [](std::string_view name, std::uint16_t type) {
        auto const answer = answer_local_name(must_wire_name(name), type);
        return answer ? static_cast<int>(answer->shape.rcode) : -1;
    };
    for (auto const* name : {"7.20.168.192.in-addr.arpa.", "1.2.3.10.in-addr.arpa.", "1.1.31.172.in-addr.arpa.",
                             "x.test.", "printer.local.", "secret.onion.", "a.b.home.arpa.", "x.invalid.",
                             "1.0.64.100.in-addr.arpa.", "1.d.f.ip6.arpa.", "y.alt.", "9.127.in-addr.arpa."})
        CHECK(rcode_for(name, 12) == 3);
    for (auto const* name :
         {"1.1.32.172.in-addr.arpa.", "8.8.8.8.in-addr.arpa.", "example.com.", ".", "arpa.", "test.id.",
          "localhost.id.", "xlocalhost.", "192.in-addr.arpa.", "1.0.128.100.in-addr.arpa."})
        CHECK(rcode_for(name, 12) == -1);
    CHECK(rcode_for("home.arpa.", 43) == -1); // RFC 8375 4: DS is asked outside
    CHECK(rcode_for("home.arpa.", 16) == 0);
}

TEST_CASE("localhost is this machine", "[resolver][rfc6761]")
{
    auto const v4 = answer_local_name(must_wire_name("x.localhost."), 1);
    REQUIRE(v4);
    CHECK(v4->body.substr(12) == std::string("\x7F\0\0\1", 4));
    CHECK(v4->shape.answers == 1);
    CHECK(answer_local_name(must_wire_name("localhost."), 28)->body.size() == 12 + 16);
    auto const none = answer_local_name(must_wire_name("localhost."), 15);
    CHECK(none->shape.rcode == 0);
    CHECK(none->shape.authorities == 1);
    CHECK(answer_local_name(must_wire_name("1.0.0.127.in-addr.arpa."), 12)->body.substr(12) ==
          must_wire_name("localhost."));
}

TEST_CASE("every local answer is a sound message", "[resolver]")
{
    for (auto const* name :
         {"localhost.", "a.localhost.", "test.", "a.test.", "10.in-addr.arpa.", "1.0.0.127.in-addr.arpa."})
        for (auto const type : std::initializer_list<std::uint16_t>{1, 2, 6, 12, 15, 28, 255}) {
            auto const answer = answer_local_name(must_wire_name(name), type);
            REQUIRE(answer);
            auto const reply = write(question(name, type), *answer);
            CHECK(read_reply(reply));
        }
}

// --- who is trusted, and who is asked

TEST_CASE("networks are told apart to the last bit", "[resolver]")
{
    TrustedNetworks const networks({*net::Network::parse("192.168.10.0/23"), *net::Network::parse("fd00:1::/33"),
                                    *net::Network::parse("10.0.0.7")});
    auto const has = [&](char const* address) { return networks.contains(*net::IpAddress::parse(address)); };
    CHECK(has("192.168.11.255"));
    CHECK_FALSE(has("192.168.12.0"));
    CHECK(has("fd00:1:7fff::1"));
    CHECK_FALSE(has("fd00:1:8000::1"));
    CHECK(has("10.0.0.7"));
    CHECK_FALSE(has("10.0.0.6"));
    CHECK_FALSE(has("::1"));
    CHECK_FALSE(TrustedNetworks({}).contains(*net::IpAddress::parse("127.0.0.1")));
}

TEST_CASE("an upstream is down when a probe stays without answer, and up with the next word", "[resolver][health]")
{
    Upstream upstream(*net::Endpoint::parse("10.0.0.1:53"), {});
    Time const start{};
    CHECK(upstream.doubt(start));
    upstream.probe_started(start);
    CHECK_FALSE(upstream.doubt(start));
    CHECK(upstream.look(start + 500ms) == Upstream::Look::nothing);
    CHECK(upstream.look(start + 1s) == Upstream::Look::went_down);
    CHECK_FALSE(upstream.is_up());
    // Probed again with pauses that grow.
    CHECK(upstream.look(start + 2s) == Upstream::Look::probe);
    upstream.probe_started(start + 2s);
    CHECK(upstream.look(start + 3s) == Upstream::Look::nothing);
    CHECK(upstream.next_look() == start + 5s);
    upstream.heard(start + 4s, 20ms);
    CHECK(upstream.is_up());
    CHECK(upstream.patience() == 150ms);
    CHECK_FALSE(upstream.doubt(start + 3s));
}

TEST_CASE("forwarders are read as people write them", "[resolver]")
{
    CHECK(parse_forwarder("9.9.9.9")->show() == "9.9.9.9:53");
    CHECK(parse_forwarder("10.0.0.1:5353")->show() == "10.0.0.1:5353");
    CHECK(parse_forwarder("2620:fe::fe")->show() == "[2620:fe::fe]:53");
    CHECK(parse_forwarder("[2620:fe::fe]:54")->show() == "[2620:fe::fe]:54");
    CHECK_FALSE(parse_forwarder("dns.google"));
    CHECK(parse_forwarders("9.9.9.9, nonsense, 1.1.1.1").size() == 2);
}
