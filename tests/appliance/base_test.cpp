#include "appliance/base/clock.h"
#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/config/config.h"
#include "appliance/net/address.h"
#include "tests/support/catch.h"

TEST_CASE("base64 goes both ways and takes nothing malformed", "[base]")
{
    CHECK(base::base64("") == "");
    CHECK(base::base64("f") == "Zg==");
    CHECK(base::base64("foobar") == "Zm9vYmFy");
    CHECK(base::from_base64("Zm9vYg==") == std::string("foob"));
    for (auto const* bad : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Zm9v\n", "=AAA", "Zm=v"})
        CHECK_FALSE(base::from_base64(bad));
}

TEST_CASE("UTF-8: overlong forms, surrogates and cut sequences are not text", "[base]")
{
    CHECK(base::is_utf8("Halo, Budi \xE2\x9C\x93 \xF0\x9F\x98\x80"));
    for (auto const* bad :
         {"\xC0\x80", "\xED\xA0\x80", "\xE2\x9C", "\xF8\x88\x80\x80\x80", "\xF4\x90\x80\x80", "\x80"})
        CHECK_FALSE(base::is_utf8(bad));
}

TEST_CASE("numbers and sizes are taken whole or not at all", "[base]")
{
    CHECK(base::parse_number("18446744073709551615") == UINT64_MAX);
    CHECK_FALSE(base::parse_number("18446744073709551616"));
    CHECK_FALSE(base::parse_number("-1"));
    CHECK_FALSE(base::parse_number("1 "));
    CHECK(base::parse_size("50M") == 50U << 20);
    CHECK(base::parse_size("1500") == 1500U);
    CHECK_FALSE(base::parse_size("M"));
    CHECK_FALSE(base::parse_size("5X"));
}

TEST_CASE("what goes into the log cannot break its line", "[base]")
{
    CHECK(base::quoted_for_log("budi@smk.sch.id") == "budi@smk.sch.id");
    CHECK(base::quoted_for_log("a\nb\"") == "\"a\\x0ab\\\"\"");
    CHECK(base::quoted_for_log(std::string(300, 'a')).size() < 210);
}

TEST_CASE("dates", "[base]")
{
    CHECK(base::rfc5322_date(1795300000000000) == "Sat, 21 Nov 2026 22:26:40 +0000");
    CHECK(base::iso_date(1795300000123456) == "2026-11-21T22:26:40.123Z");
}

TEST_CASE("networks contain what they should, IPv4 and IPv6 apart", "[net]")
{
    auto const lan = net::Network::parse("192.168.10.0/24").value();
    CHECK(lan.contains(net::IpAddress::parse("192.168.10.77").value()));
    CHECK_FALSE(lan.contains(net::IpAddress::parse("192.168.11.1").value()));
    CHECK_FALSE(net::Network::parse("::/0")->contains(net::IpAddress()) == false);
    CHECK_FALSE(net::Network::parse("192.168.10.0/33"));
    CHECK(net::Endpoint::parse("[::1]:10053")->show() == "[::1]:10053");
    CHECK_FALSE(net::Endpoint::parse("::1:53"));
    CHECK_FALSE(net::Endpoint::parse("127.0.0.1:70000"));
}

TEST_CASE("a configuration is read back as it was shown", "[config]")
{
    auto config = config::defaults();
    config.state = "/tmp/x";
    config.lab = true;
    config.listen["imap"] = {net::Endpoint::parse("127.0.0.1:10143").value(),
                             net::Endpoint::parse("[::1]:10143").value()};
    config.listen["pop3"] = {};
    config.limits_exempt = {net::Network::parse("127.0.0.0/8").value()};
    config.login_cleartext = config::Cleartext::loopback;
    auto const again = config::parse(config::show(config), "test.conf").value();
    CHECK(config::show(again) == config::show(config));
    CHECK(again.listen.at("pop3").empty());
}

TEST_CASE("a bad configuration names file, line and key", "[config]")
{
    auto const unknown = config::parse("# x\n\nstat = /x\n", "a.conf");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().refused);
    CHECK(unknown.error().what == "a.conf, line 3, key 'stat'");
    CHECK_FALSE(config::parse("lab = perhaps\n", "a.conf"));
    CHECK_FALSE(config::parse("resolver = ns.example\n", "a.conf"));
    CHECK_FALSE(config::parse("imap.listen = 127.0.0.1\n", "a.conf"));
    CHECK_FALSE(config::parse("just words\n", "a.conf"));
    CHECK_FALSE(config::read("/nonexistent/kotakpos.conf"));
}
