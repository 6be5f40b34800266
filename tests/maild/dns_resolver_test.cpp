// The resolver: replies byte by byte, and the way to a server over UDP and TCP.

#include "maild/dns/exchange.h"
#include "maild/dns/reply.h"
#include "maild/dns/resolver.h"
#include "maild/dns/servers.h"
#include "tests/maild/dns_fixture.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace maild;
using dns::Outcome;
using dns::Type;
using support::record;
using support::reply;
using support::wire;

TEST_CASE("records lie on the way from the question along its CNAMEs", "[dns]")
{
    auto const query = dns::make_query("Mail.far.example", Type::a, 7, dns::Edns::with);
    auto const message = reply(query, 0,
                               {record("mail.FAR.example", 5, 300, wire("box.far.example")),
                                record("box.far.example", 1, 60, "\x7F\x01\x02\x03"),
                                record("other.example", 1, 60, "\x0A\x01\x02\x03")});
    auto const read = dns::read_reply(query, message);
    REQUIRE(read);
    CHECK(read->answer.outcome == Outcome::found);
    CHECK(read->answer.name == "box.far.example");
    CHECK(read->answer.is_alias);
    CHECK(read->answer.ttl.count() == 60);
    REQUIRE(dns::addresses(read->answer).size() == 1);
    CHECK(dns::addresses(read->answer)[0].show() == "127.1.2.3");
}

TEST_CASE("a reply to another question, id or with no QR is none", "[dns]")
{
    auto const query = dns::make_query("far.example", Type::mx, 7, dns::Edns::with);
    auto const good = reply(query, 0, {});
    CHECK(dns::is_reply_to(query, good));
    auto other = good;
    other[1] = 8;
    CHECK_FALSE(dns::is_reply_to(query, other));
    CHECK_FALSE(dns::is_reply_to(query, query));
    CHECK_FALSE(dns::is_reply_to(query, good.substr(0, 20)));
    CHECK_FALSE(dns::is_reply_to(query, reply(dns::make_query("fat.example", Type::mx, 7, dns::Edns::with), 0, {})));
    for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(dns::read_reply(query, good.substr(0, size)));
}

TEST_CASE("CNAMEs in a circle and chains without end give nothing", "[dns]")
{
    auto const query = dns::make_query("a.example", Type::a, 7, dns::Edns::with);
    auto const circle = dns::read_reply(
        query, reply(query, 0,
                     {record("a.example", 5, 60, wire("b.example")), record("b.example", 5, 60, wire("a.example"))}));
    REQUIRE(circle);
    CHECK(circle->answer.outcome == Outcome::no_data);
    std::vector<std::string> chain = {record("a.example", 5, 60, wire("n1.example"))};
    for (int i = 1; i < 12; ++i) {
        auto const name = "n" + std::to_string(i) + ".example";
        chain.push_back(record(name, 5, 60, wire("n" + std::to_string(i + 1) + ".example")));
    }
    chain.push_back(record("n12.example", 1, 60, "\x7F\x01\x02\x03"));
    CHECK(dns::read_reply(query, reply(query, 0, chain))->answer.outcome == Outcome::no_data);
}

TEST_CASE("MX, TXT, TLSA and names are read; what is cut off is left out", "[dns]")
{
    dns::Answer answer{.outcome = Outcome::found};
    answer.records = {std::string("\0\x0A", 2) + wire("Mx1.far.example"), std::string("\0\0\0", 3), "\1"};
    auto const exchangers = dns::mail_exchangers(answer);
    REQUIRE(exchangers.size() == 2);
    CHECK(exchangers[0].preference == 10);
    CHECK(exchangers[0].host == "mx1.far.example");
    CHECK(exchangers[1].host.empty());
    answer.records = {"\5hallo\3ali", "\6kurz"};
    CHECK(dns::texts(answer) == std::vector<std::string>{"halloali"});
    answer.records = {"\3\1\1hash", "\3\1"};
    REQUIRE(dns::tlsa_records(answer).size() == 1);
    CHECK(dns::tlsa_records(answer)[0].usage == 3);
    CHECK(dns::tlsa_records(answer)[0].data == "hash");
    answer.records = {wire("ns.example"), "\x3F"
                                          "ns"};
    CHECK(dns::names(answer) == std::vector<std::string>{"ns.example"});
}

TEST_CASE("domains in UTF-8 become A-labels; what is no domain is refused", "[dns]")
{
    CHECK(dns::to_dns_name("Sekolah.Example.") == "sekolah.example");
    CHECK(dns::to_dns_name("b\xC3\xBC"
                           "cher.example") == "xn--bcher-kva.example");
    for (auto const* bad : {"", ".", "a..b", "a b.example", "a\\.b", "\xFF.example"})
        CHECK(dns::to_dns_name(bad).empty());
    CHECK(dns::to_dns_name(std::string(64, 'a') + ".example").empty());
}

TEST_CASE("resolv.conf: servers, and whether their word counts", "[dns]")
{
    auto const servers =
        dns::parse_resolv_conf("# x\nsearch a\nnameserver 192.0.2.1\nnameserver\t::1\noptions edns0 trust-ad\n");
    REQUIRE(servers.endpoints.size() == 2);
    CHECK(servers.endpoints[1].show() == "[::1]:53");
    CHECK(servers.trust_ad);
    CHECK_FALSE(dns::parse_resolv_conf("nameserver 192.0.2.1\n").trust_ad);
    CHECK(dns::parse_resolv_conf("").trust_ad); // loopback
}

TEST_CASE("answers are kept for their TTL; AD counts from loopback", "[dns]")
{
    support::DnsServer server;
    server.answers["far.example MX"] = {
        record("far.example", 15, 300, std::string("\0\x0A", 2) + wire("mx.far.example"))};
    auto const resolver = dns::make_resolver({server.endpoint()});
    auto const answer = resolver->query("FAR.example", Type::mx);
    CHECK(answer.outcome == Outcome::found);
    CHECK(answer.authenticated);
    CHECK(resolver->query("far.example.", Type::mx).records == answer.records);
    CHECK(resolver->query("none.example", Type::mx).outcome == Outcome::no_name);
    CHECK(server.asked("far.example MX") == 1);
}

TEST_CASE("a truncated reply is asked again by TCP; EDNS is left out for who does not know it", "[dns]")
{
    support::DnsServer server;
    server.answers["long.example TXT"] = {record("long.example", 16, 300, "\5hallo")};
    server.truncates = true;
    server.knows_edns = false;
    auto const answer = dns::make_resolver({server.endpoint()})->query("long.example", Type::txt);
    CHECK(dns::texts(answer) == std::vector<std::string>{"hallo"});
    CHECK(server.asked_by_tcp() > 0);
}

TEST_CASE("an alias that one reply does not follow is asked for", "[dns]")
{
    support::DnsServer server;
    server.answers["a.example A"] = {record("a.example", 5, 300, wire("b.example"))};
    server.answers["b.example A"] = {record("b.example", 1, 300, "\x7F\1\1\1")};
    auto const answer = dns::make_resolver({server.endpoint()})->query("a.example", Type::a);
    CHECK(answer.name == "b.example");
    CHECK(answer.is_alias);
    CHECK(dns::addresses(answer).size() == 1);
}

TEST_CASE("a server that refuses or is not there leaves the next one; nobody: failed", "[dns]")
{
    support::DnsServer broken;
    support::DnsServer good;
    broken.code = 2;
    good.answers["x.example A"] = {record("x.example", 1, 300, "\x7F\1\1\1")};
    CHECK(dns::make_resolver({broken.endpoint(), good.endpoint()})->query("x.example", Type::a).outcome ==
          Outcome::found);
    auto const failed = dns::make_resolver({broken.endpoint()})->query("x.example", Type::a);
    CHECK(failed.outcome == Outcome::failed);
    CHECK(failed.reason == "the DNS resolver answered with error 2");
    auto const nobody = broken.endpoint();
    broken.stop();
    CHECK(dns::make_resolver({nobody})->query("x.example", Type::a).outcome == Outcome::failed);
}
