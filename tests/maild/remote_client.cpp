// One connection to another server: login, TLS in both ways, what goes over the wire for what a message asks.

#include "appliance/tls/authority.h"
#include "maild/remote/connections.h"
#include "maild/sasl/exchange.h"
#include "tests/maild/scripted_server.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/two_people.h"

#include <cstdlib>

using namespace maild;
using remote::Security;
using support::has;

namespace
{
/// ali, password "123", also by SCRAM.
class LoginSchool final : public support::TwoPeople
{
public:
    ScramLogin scram_login(std::string_view login) override
    {
        return {directory::make_scram_keys("123", "garam-dapur"), find_user(login)};
    }
};

/// The server's side of AUTH by the same code that our own server uses, but over the wire.
class Login
{
public:
    std::string operator()(net::Stream const& stream, std::string const& line)
    {
        using Kind = sasl::Step::Kind;
        std::string_view text = line;
        if (line.starts_with("AUTH ")) {
            auto const words = base::split(std::string_view(line).substr(5), ' ');
            exchange_ = sasl::begin(words[0], school_, stream);
            if (words.size() < 2) return challenge(exchange_->first_challenge());
            text = words[1] == "=" ? std::string_view() : words[1];
        }
        auto const step = exchange_->take(*base::from_base64(text));
        if (step.kind == Kind::challenge) return challenge(step.text);
        return step.kind == Kind::success ? "235 2.7.0 welcome\r\n" : "535 5.7.8 wrong name or password\r\n";
    }

private:
    static std::string challenge(std::string const& text) { return "334 " + base::base64(text) + "\r\n"; }
    LoginSchool school_;
    std::shared_ptr<sasl::Exchange> exchange_;
};

/// A server with a certificate for far.example and its usual names, and a client that knows its CA.
struct Pair {
    support::TempFolder folder;
    support::ScriptedServer server;
    std::shared_ptr<net::TlsContext> tls;
    remote::TlsDemand verified{.least = Security::verified, .peer = {.name = "mail.far.example", .verify = true}};
    queue::Message message;

    Pair()
    {
        REQUIRE(tls::prepare(folder.path(), {"", "far.example", "", {}}));
        server.tls = net::TlsContext::server(folder / "tls/server.crt", folder / "tls/server.key");
        ::setenv("SSL_CERT_FILE", (folder / "ca.crt").c_str(), 1);
        tls = net::TlsContext::client_of_strangers();
        ::unsetenv("SSL_CERT_FILE");
        message.envelope.sender = "ali@school.example";
        message.body.bytes = "Subject: x\r\n\r\nHalo\r\n";
        message.size = message.body.bytes.size();
        add("x@far.example");
    }
    void add(std::string const& address)
    {
        queue::Recipient recipient;
        recipient.address = address;
        message.recipients.push_back(recipient);
    }
    /// Announces these to who has TLS; to others STARTTLS.
    void offer(std::string const& words)
    {
        server.replies["EHLO"] = "250-far\r\n250 STARTTLS\r\n|250-far\r\n" + words;
    }
    void offer_without_tls(std::string const& words) { server.replies["EHLO"] = "250-far\r\n" + words; }
    remote::SmtpClient open(remote::TlsDemand const& demand,
                            std::optional<remote::Credentials> const& credentials = {})
    {
        remote::SmtpClient client(net::Stream::connect(server.endpoint(), net::after(std::chrono::seconds(5))),
                                  "mail.school.example");
        client.open(*tls, demand, credentials);
        return client;
    }
    /// One transaction in clear text; what the server heard.
    std::string send()
    {
        {
            auto client = open({});
            replies = client.send(message, message.recipients);
            client.quit();
        }
        server.stop();
        return server.heard;
    }
    remote::ServerReply refusal()
    {
        auto client = open({});
        try {
            client.send(message, message.recipients);
        } catch (remote::ServerRefusal const& refused) {
            return refused.reply();
        }
        return {};
    }
    std::vector<remote::ServerReply> replies;
};
} // namespace

TEST_CASE("logging in at a smart host: PLAIN, LOGIN, SCRAM, inside TLS only", "[remote][sasl][rfc4954]")
{
    for (std::string const mechanism : {"PLAIN", "LOGIN", "SCRAM-SHA-256"}) {
        INFO(mechanism);
        Pair pair;
        pair.offer("250 AUTH " + mechanism + "\r\n");
        pair.server.login = Login();
        {
            auto client = pair.open(pair.verified, remote::Credentials{"ali", "123"});
            CHECK(client.send(pair.message, pair.message.recipients).at(0).is_good());
            client.quit();
        }
        pair.offer("250 AUTH " + mechanism + "\r\n");
        CHECK_THROWS_AS(pair.open(pair.verified, remote::Credentials{"ali", "124"}), remote::ServerRefusal);
        pair.server.stop();
        CHECK(has(pair.server.heard, "AUTH " + mechanism));
    }
}

TEST_CASE("a refused login leaves the mail for later, in the server's words", "[remote][sasl]")
{
    Pair pair;
    pair.offer("250 AUTH PLAIN\r\n");
    pair.server.login = Login();
    try {
        pair.open(pair.verified, remote::Credentials{"ali", "wrong"});
        FAIL("logged in with a wrong password");
    } catch (remote::ServerRefusal const& refused) {
        CHECK_FALSE(refused.reply().is_permanent());
        CHECK(refused.reply().enhanced == "4.7.8");
        CHECK(has(refused.reply().text, "wrong name or password"));
    }
}

TEST_CASE("implicit TLS speaks nothing before it (RFC 8314 3.3)", "[remote][tls]")
{
    Pair pair;
    pair.server.tls_at_once = true;
    pair.offer_without_tls("250 8BITMIME\r\n");
    pair.verified.start = remote::TlsStart::at_once;
    auto client = pair.open(pair.verified);
    CHECK(client.security() == Security::verified);
    CHECK(client.send(pair.message, pair.message.recipients).at(0).is_good());
    client.quit();
}

TEST_CASE("a certificate for another name, or of a CA that nobody knows, is refused where PKIX is demanded",
          "[remote][tls]")
{
    Pair pair;
    pair.offer("250 8BITMIME\r\n");
    pair.verified.peer.name = "mail.elsewhere.example";
    CHECK_THROWS_AS(pair.open(pair.verified), remote::TlsFailure);
    Pair stranger;
    stranger.offer("250 8BITMIME\r\n");
    stranger.tls = pair.tls; // knows another CA
    CHECK_THROWS_AS(stranger.open(stranger.verified), remote::TlsFailure);
    stranger.server.replies["EHLO"] = "250-far\r\n250 STARTTLS\r\n|250 far\r\n";
    CHECK(stranger.open({}).security() == Security::encrypted); // where nothing is demanded: better than clear
    stranger.offer_without_tls("250 8BITMIME\r\n");
    CHECK_THROWS_AS(stranger.open(stranger.verified), remote::TlsFailure);
}

TEST_CASE("REQUIRETLS is passed on, and refused to a server that does not know it (RFC 8689 4.2.1)",
          "[remote][tls][rfc8689]")
{
    Pair pair;
    pair.message.envelope.require_tls = true;
    pair.offer("250-8BITMIME\r\n250 REQUIRETLS\r\n");
    {
        auto client = pair.open(pair.verified);
        CHECK(client.send(pair.message, pair.message.recipients).at(0).is_good());
        client.quit();
    }
    pair.offer("250 8BITMIME\r\n");
    {
        auto client = pair.open(pair.verified);
        CHECK_THROWS_WITH(client.send(pair.message, pair.message.recipients), Catch::StartsWith("550 5.7.30"));
    }
    pair.server.stop();
    CHECK(has(pair.server.heard, "MAIL FROM:<ali@school.example> REQUIRETLS\r\n"));
}

TEST_CASE("a binary message goes in chunks, byte for byte (RFC 3030)", "[remote]")
{
    Pair pair;
    pair.offer_without_tls("250-8BITMIME\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 BINARYMIME\r\n");
    pair.message.envelope.body_type = queue::BodyType::binary;
    pair.message.body.bytes = "Subject: x\r\n\r\n.a\n" + std::string("\0\xFF", 2) + ".";
    pair.message.size = pair.message.body.bytes.size();
    auto const heard = pair.send();
    CHECK(pair.replies.at(0).is_good());
    CHECK(has(heard, "MAIL FROM:<ali@school.example> BODY=BINARYMIME\r\n"));
    CHECK(has(heard, "BDAT 20 LAST\r\n" + pair.message.body.bytes));
    CHECK_FALSE(has(heard, "DATA"));
}

TEST_CASE("a large binary message is cut, and a refused chunk is the last one", "[remote]")
{
    Pair pair;
    pair.offer_without_tls("250-8BITMIME\r\n250-CHUNKING\r\n250 BINARYMIME\r\n");
    pair.server.replies["BDAT"] = "250 ok\r\n|552 5.2.2 full\r\n";
    pair.message.envelope.body_type = queue::BodyType::binary;
    pair.message.body.bytes.append(3 * limits::chunk, 'x');
    pair.message.size = pair.message.body.bytes.size();
    CHECK(pair.refusal().enhanced == "5.2.2");
    pair.server.stop();
    CHECK_FALSE(has(pair.server.heard, "LAST"));
}

TEST_CASE("what is larger than SIZE says is not sent (RFC 1870)", "[remote]")
{
    Pair pair;
    pair.offer_without_tls("250-SIZE 10\r\n250 8BITMIME\r\n");
    CHECK(pair.refusal().show() == "552 5.3.4 the message is larger than the other server takes");
    pair.server.stop();
    CHECK_FALSE(has(pair.server.heard, "MAIL"));
}

TEST_CASE("DELIVERBY and MT-PRIORITY go on to who knows them (RFC 2852, RFC 6710)", "[remote]")
{
    Pair pair;
    pair.message.envelope.priority = 4;
    auto const hour = std::int64_t{3600} * 1'000'000;
    pair.message.envelope.deliver_by = queue::DeliverBy{base::system_clock().now() + hour, true, true};
    pair.offer_without_tls("250-DELIVERBY\r\n250 MT-PRIORITY MIXER\r\n");
    auto const heard = pair.send();
    CHECK(has(heard, " MT-PRIORITY=4 BY=3"));
    CHECK(has(heard, ";RT\r\n"));
    Pair old;
    old.message.envelope = pair.message.envelope;
    old.offer_without_tls("250 8BITMIME\r\n");
    CHECK(has(old.send(), "MAIL FROM:<ali@school.example>\r\n"));
}

TEST_CASE("UTF-8 addresses: as they are, with A-labels, or a refusal (RFC 6531 3.2)", "[remote][rfc6531]")
{
    Pair knows;
    knows.message.envelope.smtputf8 = true;
    knows.message.recipients[0].address = "s\xC3\xAD@far.example";
    knows.offer_without_tls("250-8BITMIME\r\n250 SMTPUTF8\r\n");
    auto const heard = knows.send();
    CHECK(has(heard, " SMTPUTF8\r\nRCPT TO:<s\xC3\xAD@far.example>"));
    Pair old;
    old.message.envelope = knows.message.envelope;
    old.message.recipients = knows.message.recipients;
    CHECK(old.refusal().show() == "550 5.6.7 the other server cannot take addresses in UTF-8");
    Pair domain_only;
    domain_only.message.envelope.smtputf8 = true;
    domain_only.message.recipients[0].address = "x@b\xC3\xBC"
                                                "cher.example";
    CHECK(has(domain_only.send(), "RCPT TO:<x@xn--bcher-kva.example>\r\n"));
}

TEST_CASE("LIMITS: recipients of a transaction, domains of a session, messages of a session (RFC 9422)",
          "[remote][rfc9422]")
{
    Pair pair;
    pair.add("y@far.example");
    pair.add("z@other.example");
    pair.offer_without_tls("250-LIMITS RCPTDOMAINMAX=1 MAILMAX=2 RCPTMAX=5\r\n250 PIPELINING\r\n");
    auto client = pair.open({});
    auto const replies = client.send(pair.message, pair.message.recipients);
    REQUIRE(replies.size() == 3);
    CHECK(replies[0].is_good());
    CHECK(replies[1].is_good());
    CHECK_FALSE(replies[2].is_asked());
    CHECK(client.takes_more(pair.message.recipients[0]));
    CHECK_FALSE(client.takes_more(pair.message.recipients[2]));
    client.send(pair.message, {pair.message.recipients[0]});
    CHECK_FALSE(client.takes_more());
    client.quit();
    pair.server.stop();
    CHECK_FALSE(has(pair.server.heard, "z@other.example"));
}

TEST_CASE("no answer after the last line is a doubt, also in a later transaction (RFC 1047)", "[remote]")
{
    Pair pair;
    pair.server.replies["."] = "250 ok\r\n|";
    auto client = pair.open({});
    CHECK(client.send(pair.message, pair.message.recipients).at(0).is_good());
    auto const reply = client.send(pair.message, pair.message.recipients).at(0);
    CHECK(reply.is_doubtful);
    CHECK_FALSE(reply.is_permanent());
    CHECK_FALSE(client.takes_more());
}

TEST_CASE("a connection serves again only what it was proved for", "[remote][tls]")
{
    Pair pair;
    pair.offer("250 8BITMIME\r\n");
    pair.verified.by = "DANE";
    remote::MailHost const host{"mail.far.example", pair.server.endpoint()};
    remote::OpenConnection open{"far.example", host, pair.verified, pair.open(pair.verified)};
    CHECK(open.serves(host, {}));
    CHECK(open.serves(host, pair.verified));
    auto other = pair.verified;
    other.by = "MTA-STS";
    CHECK_FALSE(open.serves(host, other));
    other = pair.verified;
    other.peer.name = "far.example";
    CHECK_FALSE(open.serves(host, other));
    CHECK_FALSE(open.serves({"mail.far.example", {host.endpoint.address, 26}}, {}));
    open.client.quit();
}
