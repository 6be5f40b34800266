// EDNS options: cookies, NSID, time-outs, padding.

#include "dnsd/serve/cookies.h"
#include "tests/dnsd/packets.h"
#include "tests/support/catch.h"

#include <ctime>

using namespace support;
using dnsd::Transport;

namespace
{
constexpr std::size_t cookie = 10, nsid = 3, keepalive = 11, padding = 12;
constexpr std::size_t form_error = 1;

dnsd::SipKey key(std::string_view hex)
{
    dnsd::SipKey made{};
    auto const bytes = from_hex(hex);
    std::memcpy(made.data(), bytes.data(), sizeof made);
    return made;
}

std::string ask(std::string const& options)
{
    return header(0, {1, 0, 0, 1}) + question("www.sch.id.") + Opt{options}.wire();
}

struct Example {
    std::string_view client, cookie, address;
    std::uint32_t time;
    std::string_view reply;
};
constexpr std::string_view first_secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";

std::string checked(dnsd::Cookies& cookies, Example const& example, bool& good)
{
    auto const result = cookies.check(from_hex(example.client), from_hex(example.cookie),
                                      *net::IpAddress::parse(example.address), example.time);
    good = result.good;
    return to_hex({result.reply.data(), result.reply.size()});
}
} // namespace

TEST_CASE("SipHash-2-4 gives its inventors' example", "[dns]")
{
    std::string text;
    for (char c = 0; c < 15; ++c) text += c;
    dnsd::SipKey const secret{0x0706050403020100U, 0x0F0E0D0C0B0A0908U};
    CHECK(dnsd::siphash<2, 4>(secret, text) == 0xA129CA6149BE45E5U);
}

TEST_CASE("server cookies are those of RFC 9018, appendix A", "[dns][rfc9018]")
{
    bool good = false;
    dnsd::Cookies cookies(key(first_secret), 1559731985);
    // A.1: a new client
    CHECK(checked(cookies, {"2464c4abcf10c957", "", "198.51.100.100", 1559731985, ""}, good) ==
          "010000005cf79f111f8130c3eee29480");
    CHECK_FALSE(good);
    // A.2: the same client, 40 minutes later: renewed
    CHECK(checked(cookies, {"2464c4abcf10c957", "010000005cf79f111f8130c3eee29480", "198.51.100.100", 1559734385, ""},
                  good) == "010000005cf7a871d4a564a1442aca77");
    CHECK(good);
    // A.3: another client, whose cookie has reserved bits set. (The example's clock is wrong by an hour: its cookie
    // would have been too old.)
    CHECK(checked(cookies, {"fc93fc62807ddb86", "01abcdef5cf78f71a314227b6679ebf5", "203.0.113.203", 1559728000, ""},
                  good)
              .substr(0, 8) == "01000000");
    CHECK(good);
    CHECK(checked(cookies, {"fc93fc62807ddb86", "", "203.0.113.203", 1559734700, ""}, good) ==
          "010000005cf7a9acf73a7810aca2381e");
}

TEST_CASE("cookies of the secret before the last are still good", "[dns][rfc9018]")
{
    bool good = false;
    dnsd::Cookies cookies(key("dd3bdf9344b678b185a6f5cb60fca715"), 1559741817);
    cookies.roll(key("445536bcd2513298075a5d379663c962"));
    Example const example{"22681ab97d52c298", "010000005cf7c57926556bd0934c72f8",
                          "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741817, ""};
    checked(cookies, example, good); // A.4; it is fresh: it keeps its time, but gets the new hash
    CHECK(good);
    auto later = example;
    later.cookie = "";
    later.time = 1559741961;
    CHECK(checked(cookies, later, good) == "010000005cf7c609a6bb79d16625507a");
    cookies.roll(key(first_secret));
    checked(cookies, example, good);
    CHECK_FALSE(good);
}

TEST_CASE("a cookie is good for one address, one client cookie, and an hour", "[dns][rfc9018]")
{
    dnsd::Cookies cookies(key(first_secret), 1559731985);
    auto const good = [&](Example const& example) {
        bool is_good = false;
        checked(cookies, example, is_good);
        return is_good;
    };
    Example const example{"2464c4abcf10c957", "010000005cf79f111f8130c3eee29480", "198.51.100.100", 1559731985, ""};
    auto changed = example;
    CHECK(good(example));
    changed.address = "198.51.100.101";
    CHECK_FALSE(good(changed));
    changed = example;
    changed.client = "2464c4abcf10c958";
    CHECK_FALSE(good(changed));
    changed = example;
    changed.cookie = "020000005cf79f111f8130c3eee29480";
    CHECK_FALSE(good(changed));
    for (auto const& [seconds, still] : {std::pair{3600, true}, {3601, false}, {-300, true}, {-301, false}}) {
        changed = example;
        changed.time = static_cast<std::uint32_t>(1559731985 + seconds);
        CHECK(good(changed) == still);
    }
}

TEST_CASE("secrets are made anew every day by themselves", "[dns][rfc9018]")
{
    dnsd::Cookies cookies(1000);
    net::IpAddress const client = net::IpAddress::from_v4(0x0A000001);
    auto const given = [&](std::uint32_t now) { return cookies.check("12345678", "", client, now).reply; };
    CHECK(given(1000) == given(1000));
    auto const old = given(1000 + 86399);
    CHECK(cookies.check("12345678", {old.data(), old.size()}, client, 1000 + 86401).good);
    CHECK(cookies.check("12345678", {old.data(), old.size()}, client, 1000 + 86401).reply != old);
}

TEST_CASE("a client cookie comes back with a server cookie that is good next time", "[dns][rfc7873]")
{
    Asker asker;
    auto const reply = asker.reply(ask(option(cookie, "12345678")));
    CHECK(reply.answers == 1);
    auto const given = reply.option(cookie);
    REQUIRE(given.size() == 24);
    CHECK(given.substr(0, 8) == "12345678");
    CHECK(asker.ask(ask(option(cookie, given))).outcome.has_cookie);
    CHECK(asker.reply(ask(option(cookie, given))).option(cookie) == given); // still fresh
    CHECK_FALSE(asker.ask(ask(option(cookie, given)), "198.51.100.101").outcome.has_cookie);
    auto const wrong = asker.reply(ask(option(cookie, "12345678" + std::string(16, 'x'))));
    CHECK((wrong.answers == 1 && wrong.option(cookie).size() == 24));
    CHECK(asker.reply(ask(option(cookie, "12345678") + option(cookie, "87654321"))).option(cookie).substr(0, 8) ==
          "12345678");
    CHECK(asker.reply(ask("")).option(cookie) == "none");
}

TEST_CASE("a cookie of an impossible size is FORMERR", "[dns][rfc7873]")
{
    Asker asker;
    for (std::size_t size = 0; size <= 60; ++size) {
        INFO(size);
        bool const possible = size == 8 || (size >= 16 && size <= 40);
        CHECK(asker.reply(ask(option(cookie, std::string(size, 'c')))).rcode == (possible ? 0 : form_error));
    }
}

TEST_CASE("without a question a cookie can be had, and nothing else", "[dns][rfc7873]")
{
    Asker asker;
    auto const bare = header(0, {0, 0, 0, 1});
    auto const reply = asker.reply(bare + Opt{option(cookie, "12345678")}.wire());
    CHECK((reply.rcode == 0 && reply.questions == 0 && reply.option(cookie).size() == 24));
    CHECK(asker.reply(bare + Opt{}.wire()).rcode == form_error);
    CHECK(asker.reply(header(0, {0, 0, 0, 0})).rcode == form_error);
}

TEST_CASE("NSID tells which server answered", "[dns][rfc5001]")
{
    Asker asker;
    CHECK(asker.reply(ask(option(nsid))).option(nsid) == "kotak");
    CHECK(asker.reply(ask("")).option(nsid) == "none");
    CHECK(asker.reply(header(0, {1, 0, 0, 1}) + question("x.example.com.") + Opt{option(nsid)}.wire()).option(nsid) ==
          "kotak");
}

TEST_CASE("the idle time is told by TCP to those who ask", "[dns][rfc7828]")
{
    Asker asker;
    auto const tcp = [&](std::string const& options) {
        return asker.reply(ask(options), "198.51.100.100", Transport::tcp);
    };
    CHECK(tcp(option(keepalive)).option(keepalive) == number16(100));
    CHECK(tcp("").option(keepalive) == "none");
    CHECK(tcp(option(keepalive, number16(5))).rcode == form_error);
    CHECK(asker.reply(ask(option(keepalive))).option(keepalive) == "none"); // by UDP it means nothing
    CHECK(asker.reply(ask(option(keepalive, number16(5)))).answers == 1);
}

TEST_CASE("replies are padded where nobody can look inside", "[dns][rfc8467]")
{
    Asker asker;
    asker.reply(ask(option(padding, std::string(40, '\0'))), "198.51.100.100", Transport::tls);
    CHECK(asker.bytes().size() == 468);
    CHECK(asker.reply(ask(option(padding)), "198.51.100.100", Transport::tcp).option(padding) == "none");
    CHECK(asker.reply(ask(""), "198.51.100.100", Transport::tls).option(padding) == "none");
    auto const large = header(0, {1, 0, 0, 1}) + question("many.banyak.id.") + Opt{option(padding)}.wire();
    CHECK(asker.reply(large, "198.51.100.100", Transport::tls).answers == 100);
    CHECK(asker.bytes().size() % 468 == 0);
}
