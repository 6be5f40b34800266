// Which servers take mail for a domain: MX and its exceptions, over a DNS server of the test's own.

#include "maild/limits.h"
#include "maild/remote/mx.h"
#include "tests/maild/dns_fixture.h"
#include "tests/support/catch.h"

#include <set>

using namespace maild;
using Kind = remote::Destination::Kind;
using support::record;
using support::wire;

namespace
{
constexpr unsigned ttl = 300;
std::string const address1 = "\xC6\x33\x64\x01"; // 198.51.100.1
std::string const address2 = "\xC6\x33\x64\x02";
std::string const own_address = "\xC6\x33\x64\x63"; // 198.51.100.99

std::string mx(unsigned preference, std::string const& host)
{
    return record("far.example", 15, ttl,
                  std::string(1, '\0') + static_cast<char>(preference) +
                      (host.empty() ? std::string(1, '\0') : wire(host)));
}

struct Dns {
    support::DnsServer server;
    std::unique_ptr<dns::Resolver> resolver = dns::make_resolver({server.endpoint()});
    std::unique_ptr<remote::DestinationLookup> lookup = remote::make_mx_lookup(
        *resolver, [](auto const& endpoint) { return endpoint.address.show() == "198.51.100.99"; });

    void host(std::string const& name, std::string const& address)
    {
        server.answers[name + " A"].push_back(record(name, 1, ttl, address));
    }
    remote::Destination find(remote::Route const& route = {}) { return lookup->find("far.example", route); }
};
} // namespace

TEST_CASE("servers are tried by preference (RFC 5321 5.1)", "[remote][mx]")
{
    Dns dns;
    dns.server.answers["far.example MX"] = {mx(20, "b.example"), mx(10, "a.example")};
    dns.host("a.example", address1);
    dns.host("b.example", address2);
    auto const found = dns.find();
    REQUIRE(found.hosts.size() == 2);
    CHECK(found.hosts[0].name == "a.example");
    CHECK(found.hosts[0].endpoint.show() == "198.51.100.1:25");
    CHECK(found.hosts[0].authenticated);
    CHECK(found.domain == "far.example");
}

TEST_CASE("servers of one preference take turns (RFC 5321 5.1)", "[remote][mx]")
{
    std::set<std::string> first;
    for (int i = 0; i < 200; ++i) first.insert(remote::in_order({{10, "a"}, {10, "b"}, {10, "c"}})[0].host);
    CHECK(first.size() == 3);
}

TEST_CASE("without MX the domain itself; without anything: no mail there", "[remote][mx]")
{
    Dns dns;
    dns.host("far.example", address1);
    CHECK(dns.find().hosts.at(0).name == "far.example");
    Dns empty;
    CHECK(empty.find().kind == Kind::nowhere);
    CHECK(empty.find().status == "5.1.2");
    Dns without_address;
    without_address.server.answers["far.example MX"] = {mx(10, "gone.example")};
    CHECK(without_address.find().kind == Kind::nowhere);
}

TEST_CASE("a null MX takes nothing (RFC 7505)", "[remote][mx][rfc7505]")
{
    Dns dns;
    dns.server.answers["far.example MX"] = {mx(0, "")};
    dns.host("far.example", address1);
    CHECK(dns.find().kind == Kind::nowhere);
    CHECK(dns.find().status == "5.1.10");
}

TEST_CASE("an address in place of a server's name is no server", "[remote][mx]")
{
    Dns dns;
    dns.server.answers["far.example MX"] = {mx(10, "198.51.100.1")};
    CHECK(dns.find().kind == Kind::nowhere);
    CHECK(dns.find().status == "5.4.4");
}

TEST_CASE("an MX that is ourselves: only those before us are tried (RFC 5321 5.1)", "[remote][mx]")
{
    Dns first;
    first.server.answers["far.example MX"] = {mx(10, "us.example"), mx(10, "a.example"), mx(20, "b.example")};
    first.host("us.example", own_address);
    first.host("a.example", address1);
    first.host("b.example", address2);
    CHECK(first.find().kind == Kind::nowhere);
    CHECK(first.find().status == "5.4.6");
    Dns backup;
    backup.server.answers["far.example MX"] = {mx(20, "us.example"), mx(10, "a.example"), mx(30, "b.example")};
    backup.host("us.example", own_address);
    backup.host("a.example", address1);
    backup.host("b.example", address2);
    auto const found = backup.find();
    REQUIRE(found.hosts.size() == 1);
    CHECK(found.hosts[0].name == "a.example");
}

TEST_CASE("no answer from DNS is no fault of the address", "[remote][mx]")
{
    Dns dns;
    dns.server.code = 2;
    CHECK(dns.find().kind == Kind::later);
    CHECK(dns.find().status == "4.4.3");
}

TEST_CASE("a hundred MX and a server with thirty addresses are cut short", "[remote][mx]")
{
    Dns dns;
    std::vector<std::string> many;
    for (unsigned i = 0; i < 100; ++i) {
        auto const name = "m" + std::to_string(i) + ".example";
        many.push_back(mx(i, name));
        for (char last = 1; last < 30; ++last) dns.host(name, std::string("\xC6\x33\x64") + last);
    }
    dns.server.answers["far.example MX"] = many;
    auto const found = dns.find();
    REQUIRE(found.hosts.size() == limits::hosts_tried);
    CHECK(found.hosts[0].name == "m0.example");
    CHECK(found.hosts[4].name == "m1.example");
}

TEST_CASE("address literals need no DNS (RFC 5321 4.1.3)", "[remote][mx]")
{
    Dns dns;
    CHECK(dns.lookup->find("[192.0.2.1]", {}).hosts.at(0).endpoint.show() == "192.0.2.1:25");
    CHECK(dns.lookup->find("[IPv6:2001:db8::1]", {}).hosts.at(0).endpoint.show() == "[2001:db8::1]:25");
    CHECK(dns.lookup->find("[198.51.100.99]", {}).status == "5.4.6");
    CHECK(dns.lookup->find("[nonsense]", {}).status == "5.1.2");
}

TEST_CASE("a route's servers are taken as they are named, on its port", "[remote][mx][route]")
{
    Dns dns;
    dns.host("smart.example", address1);
    auto const found = dns.find({.hosts = {"smart.example", "[198.51.100.2]"}, .port = 587});
    REQUIRE(found.hosts.size() == 2);
    CHECK(found.hosts[0].endpoint.show() == "198.51.100.1:587");
    CHECK(found.hosts[1].endpoint.show() == "198.51.100.2:587");
    CHECK(dns.find({.hosts = {"gone.example"}}).kind == Kind::later);
}

TEST_CASE("a name is authenticated only as a whole; an alias tells where it ends (RFC 7672 2.2)",
          "[remote][mx][dane]")
{
    Dns dns;
    dns.server.answers["far.example MX"] = {mx(10, "alias.example")};
    dns.server.answers["alias.example A"] = {record("alias.example", 5, ttl, wire("box.example")),
                                             record("box.example", 1, ttl, address1)};
    CHECK(dns.find().hosts.at(0).canonical == "box.example");
    Dns plain;
    plain.server.authentic = false;
    plain.host("far.example", address1);
    CHECK_FALSE(plain.find().hosts.at(0).authenticated);
}

TEST_CASE("what listens on this machine is ourselves", "[remote][mx]")
{
    net::Endpoint const here{*net::IpAddress::parse("127.0.0.5"), 25};
    CHECK(remote::is_own_endpoint(here, {{net::IpAddress(), 25}}));
    CHECK_FALSE(remote::is_own_endpoint(here, {{net::IpAddress(), 10025}}));
    CHECK_FALSE(remote::is_own_endpoint({*net::IpAddress::parse("203.0.113.9"), 25}, {{net::IpAddress(), 25}}));
}
