// Policies of MTA-STS as they are fetched: within a time, and once for all who wait.

#include "appliance/tls/authority.h"
#include "maild/remote/sts.h"
#include "tests/maild/dns_fixture.h"
#include "tests/maild/scripted_server.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <condition_variable>
#include <cstdlib>
#include <future>

using namespace maild;
using support::record;

namespace
{
constexpr auto policy_text = "version: STSv1\nmode: enforce\nmx: mail.far.example\nmax_age: 86400\n";
constexpr std::chrono::milliseconds patience{300};

struct Host {
    support::DnsServer dns;
    support::ScriptedServer server;

    Host()
    {
        dns.answers["mta-sts.far.example A"] = {record("mta-sts.far.example", 1, 0, std::string("\x7F\0\0\1", 4))};
        server.replies = {
            {"", "|more\r\n"}, {"GET ", "HTTP/1.0 200 OK\r\n"}, {"Host", "Content-Type: text/plain\r\n\r\n"}};
    }
    std::chrono::steady_clock::duration time_of_nothing()
    {
        auto const resolver = dns::make_resolver({dns.endpoint()});
        auto const fetch = remote::make_sts_fetch(*resolver, server.port, patience);
        auto const start = std::chrono::steady_clock::now();
        CHECK_FALSE(fetch("far.example"));
        return std::chrono::steady_clock::now() - start;
    }
};
} // namespace

TEST_CASE("a policy host that does not end holds nobody up: neither before TLS nor in the text", "[remote][sts]")
{
    Host silent;
    silent.server.replies[""] = "x|"; // no TLS
    CHECK(silent.time_of_nothing() < 10 * patience);

    support::TempFolder folder;
    REQUIRE(tls::prepare(folder.path(), {"", "far.example", "", {}}));
    ::setenv("SSL_CERT_FILE", (folder / "ca.crt").c_str(), 1);
    Host endless;
    endless.server.tls = net::TlsContext::server(folder / "tls/server.crt", folder / "tls/server.key");
    endless.server.tls_at_once = true;
    auto const time = endless.time_of_nothing();
    ::unsetenv("SSL_CERT_FILE");
    CHECK(time >= patience); // it came so far that it had to wait
    CHECK(time < 10 * patience);
    endless.server.stop();
    CHECK(
        support::has(endless.server.heard, "GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: mta-sts.far.example\r\n"));
}

TEST_CASE("who asks while a policy is being fetched gets that one", "[remote][sts]")
{
    support::TempFolder folder;
    support::DnsServer server;
    auto const name = "_mta-sts.far.example";
    server.answers[std::string(name) + " TXT"] = {record(name, 16, 300, "\x0Ev=STSv1; id=1;")};
    auto const resolver = dns::make_resolver({server.endpoint()});
    std::promise<void> may_end;
    std::promise<void> has_begun;
    std::atomic<unsigned> fetched = 0;
    auto const policies = remote::make_sts_policies(
        *resolver, folder / "spool.db",
        [&](std::string const&) -> std::optional<std::string> {
            ++fetched;
            has_begun.set_value();
            may_end.get_future().wait();
            return policy_text;
        },
        base::system_clock());
    auto first = std::async(std::launch::async, [&] { return policies->find("far.example"); });
    has_begun.get_future().wait();
    auto second = std::async(std::launch::async, [&] { return policies->find("far.example"); });
    CHECK(second.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
    may_end.set_value();
    CHECK(first.get());
    CHECK(second.get());
    CHECK(fetched == 1);
}
