// What sending decides without a network: policies of MTA-STS, TLS demands, 7-bit conversion, SCRAM as a client.

#include "appliance/base/text.h"
#include "maild/remote/conversion.h"
#include "maild/remote/sts.h"
#include "maild/remote/tls_policy.h"
#include "maild/sasl/client.h"
#include "tests/maild/dns_fixture.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

#include <netinet/in.h>
#include <thread>

using namespace maild;
using support::has;
using support::record;

namespace
{
constexpr auto policy_text =
    "version: STSv1\r\nmode: enforce\r\nmx: mail.far.example\r\nmx: *.far.example\r\nmax_age: 86400\r\n";
}

TEST_CASE("MTA-STS: record and policy as RFC 8461 has them", "[remote][sts][rfc8461]")
{
    CHECK(remote::parse_sts_record({"v=spf1", "v=STSv1; id=20261128;"}) == "20261128");
    CHECK_FALSE(remote::parse_sts_record({"v=STSv1; id=1", "v=STSv1; id=2"}));
    CHECK_FALSE(remote::parse_sts_record({"v=STSv1; id=not-this"}));
    auto const policy = remote::parse_sts_policy(policy_text);
    REQUIRE(policy);
    CHECK(policy->mode == remote::StsMode::enforce);
    CHECK(policy->max_age == 86400);
    CHECK(policy->allows("MAIL.far.example"));
    CHECK(policy->allows("mx1.far.example"));
    CHECK_FALSE(policy->allows("a.mx1.far.example"));
    CHECK_FALSE(policy->allows("far.example"));
    for (auto const* bad :
         {"", "version: STSv1\nmode: enforce\nmax_age: 1\n", "version: STSv2\nmode: none\nmax_age: 1\n",
          "version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1\n", "version: STSv1\nmode: maybe\nmx: a\nmax_age: 1\n"})
        CHECK_FALSE(remote::parse_sts_policy(bad));
}

namespace
{
/// Says 16 KB of a TLS record, a byte at a time.
class Dripping
{
public:
    Dripping() : socket_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(socket_.get(), 5);
        socklen_t size = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { drip(); });
    }
    ~Dripping()
    {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }
    std::uint16_t port = 0;

private:
    void drip()
    {
        base::Fd const client(::accept(socket_.get(), nullptr, nullptr));
        std::string const text = "\x16\x03\x03\x40" + std::string(0x4001, '\0');
        for (char const c : text) {
            if (::send(client.get(), &c, 1, MSG_NOSIGNAL) < 1) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(20)); // the server's pace
        }
    }
    base::Fd socket_;
    std::thread thread_;
};
} // namespace

TEST_CASE("a policy host that talks byte by byte holds nobody", "[remote][sts][limits]")
{
    support::DnsServer server;
    auto const address = record("mta-sts.far.example", 1, 60, std::string("\x7F\0\0\1", 4));
    server.answers["mta-sts.far.example A"] = {address, address};
    auto const resolver = dns::make_resolver({server.endpoint()});
    Dripping host;
    auto const fetch = remote::make_sts_fetch(*resolver, host.port, std::chrono::milliseconds(300));
    auto const begun = std::chrono::steady_clock::now();
    CHECK_FALSE(fetch("far.example"));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(8)); // all of it takes minutes
}

TEST_CASE("a policy of MTA-STS outlives a restart and a vanished record, until max_age", "[remote][sts]")
{
    support::TempFolder folder;
    support::FixedClock clock;
    support::DnsServer server;
    auto const name = "_mta-sts.far.example";
    server.answers[std::string(name) + " TXT"] = {record(name, 16, 0, "\x0Ev=STSv1; id=1;")};
    auto const resolver = dns::make_resolver({server.endpoint()});
    unsigned fetched = 0;
    std::optional<std::string> served = policy_text;
    auto const fetch = [&](std::string const&) {
        ++fetched;
        return served;
    };
    {
        auto const policies = remote::make_sts_policies(*resolver, folder / "spool.db", fetch, clock);
        REQUIRE(policies->find("far.example"));
        CHECK(policies->find("far.example")->mode == remote::StsMode::enforce);
        CHECK(fetched == 1);
        CHECK_FALSE(policies->find("other.example"));
    }
    server.answers.clear();
    served.reset();
    auto const again = remote::make_sts_policies(*resolver, folder / "spool.db", fetch, clock);
    CHECK(again->find("far.example"));
    clock.time += 86'401LL * 1'000'000;
    CHECK_FALSE(again->find("far.example"));
    CHECK(fetched == 1);
}

TEST_CASE("what TLS a message needs: DANE, MTA-STS, REQUIRETLS, TLS-Required", "[remote][tls]")
{
    using remote::TlsWish;
    remote::Destination plain;
    remote::MailHost host{"mx.far.example", {}};
    auto decide = [&](TlsWish wish = TlsWish::usual) { return remote::decide_tls({}, plain, host, wish); };
    CHECK(decide().demand.least == remote::Security::clear);
    CHECK(decide(TlsWish::required).status == "5.7.30");
    plain.sts = remote::parse_sts_policy(policy_text);
    CHECK(decide().demand.by == "MTA-STS");
    CHECK(decide().demand.least == remote::Security::verified);
    CHECK(decide(TlsWish::optional).demand.least == remote::Security::clear);
    CHECK(decide(TlsWish::required).demand.peer.verify);
    host.name = "mx.evil.example";
    CHECK(decide().status == "4.7.5");
    host.dane.kind = remote::Dane::Kind::usable; // before MTA-STS
    host.dane.peer.tlsa = {{3, 1, 1, std::string(32, 'x')}};
    CHECK(decide().demand.by == "DANE");
    CHECK(decide().obstacle.empty());
    host.dane = {remote::Dane::Kind::failed};
    CHECK(decide().status == "4.7.5");
    host.dane = {remote::Dane::Kind::unusable};
    CHECK(decide().demand.least == remote::Security::encrypted);
    CHECK(remote::tls_wish(false, "A: b\r\nTLS-Required: No\r\n\r\n") == TlsWish::optional);
    CHECK(remote::tls_wish(true, "TLS-Required: No\r\n\r\n") == TlsWish::required);
    CHECK(remote::tls_wish(false, "A: b\r\n\r\nTLS-Required: No\r\n") == TlsWish::usual);
}

TEST_CASE("TLSA records count only when all the way is authenticated (RFC 7672 2)", "[remote][dane][rfc7672]")
{
    support::DnsServer server;
    auto const name = "_25._tcp.mx.far.example";
    server.answers[std::string(name) + " TLSA"] = {
        record(name, 52, 300, std::string("\3\1\1") + std::string(32, 'x')),
        record(name, 52, 300, std::string("\1\1\1") + std::string(32, 'x'))};
    auto const resolver = dns::make_resolver({server.endpoint()});
    remote::MailHost host{"mx.far.example", {net::IpAddress(), 25}, "mx.far.example", true};
    auto const dane = remote::find_dane(*resolver, host, "far.example");
    CHECK(dane.kind == remote::Dane::Kind::usable);
    CHECK(dane.peer.tlsa.size() == 1);
    CHECK(dane.peer.also == std::vector<std::string>{"far.example"});
    host.authenticated = false;
    CHECK(remote::find_dane(*resolver, host, "").kind == remote::Dane::Kind::none);
    support::DnsServer broken;
    broken.code = 2;
    host.authenticated = true;
    CHECK(remote::find_dane(*dns::make_resolver({broken.endpoint()}), host, "").kind == remote::Dane::Kind::failed);
}

TEST_CASE("an 8-bit message becomes a 7-bit one part by part (RFC 6152 3)", "[remote][mime]")
{
    std::string const text = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: 8bit\r\n\r\nsel\xC3\xA1mat\r\n";
    auto const simple = remote::to_seven_bit(text);
    REQUIRE(simple);
    CHECK(has(*simple, "Content-Transfer-Encoding: quoted-printable\r\n"));
    CHECK(has(*simple, "\r\n\r\nsel=C3=A1mat\r\n"));
    CHECK_FALSE(has(*simple, "8bit"));
    std::string const parts =
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--b\r\n\r\nhalo\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89PNG\xFF\r\n--b--\r\n";
    auto const mixed = remote::to_seven_bit(parts);
    REQUIRE(mixed);
    CHECK(base::is_ascii(*mixed));
    CHECK(has(*mixed, "Content-Transfer-Encoding: 7bit\r\n"));
    CHECK(has(*mixed, "\r\n\r\nhalo\r\n--b\r\n"));
    CHECK(has(*mixed, "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBOR/8=\r\n--b--\r\n"));
    CHECK(remote::to_seven_bit("A: b\r\n\r\nhalo\r\n") == "A: b\r\n\r\nhalo\r\n");
}

TEST_CASE("what is signed, or 8-bit in its header, is not rewritten", "[remote][mime]")
{
    std::string const body = "--b\r\nContent-Type: text/plain\r\n\r\n\xC3\xA1\r\n--b\r\nContent-Type: "
                             "application/pgp-signature\r\n\r\nx\r\n--b--\r\n";
    CHECK_FALSE(remote::to_seven_bit("Content-Type: multipart/signed; boundary=b\r\n\r\n" + body));
    CHECK_FALSE(remote::to_seven_bit("Subject: \xC3\xA1\r\n\r\n\xC3\xA1\r\n"));
    CHECK(remote::look_at("Subject: \xC3\xA1\r\n\r\nx\r\n").utf8_header);
    CHECK_FALSE(remote::look_at("Subject: a\r\n\r\nx\r\n").eight_bit);
}

TEST_CASE("SCRAM-SHA-256 as a client: the exchange of RFC 7677 3, and a server that only plays one",
          "[sasl][rfc7677]")
{
    auto const client = sasl::make_scram_client("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
    CHECK(client->first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    auto const proof =
        client->answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    CHECK(
        proof ==
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    CHECK_FALSE(client->is_satisfied());
    CHECK_FALSE(client->answer("v=AAAA"));
    CHECK(client->answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == "");
    CHECK(client->is_satisfied());
    auto const other = sasl::make_scram_client("user", "pencil", "abc");
    CHECK_FALSE(other->answer("r=abd123,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    CHECK_FALSE(other->answer("r=abc123,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1"));
    CHECK(sasl::begin_client("LOGIN PLAIN", "a", "b")->mechanism() == "PLAIN");
    CHECK(sasl::begin_client("CRAM-MD5", "a", "b") == nullptr);
}
