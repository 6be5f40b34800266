// Sending on: the SMTP client and its decisions, against a scripted server on a port of its own.

#include "appliance/db/database.h"
#include "maild/auth/key_ring.h"
#include "maild/auth/outbound.h"
#include "maild/queue/queue.h"
#include "maild/queue/remote.h"
#include "maild/queue/retry.h"
#include "tests/maild/scripted_server.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

#include <map>
#include <set>

using namespace maild;
using support::has;

namespace
{
struct Place {
    support::TempFolder folder;
    support::FixedClock clock;
    support::SmallSchool school;
    config::Config config;
    std::unique_ptr<queue::Spool> spool = queue::make_sql_spool(folder / "spool", clock);
    std::unique_ptr<mailbox::MailStore> store = mailbox::make_sql_mail_store(folder / "mail");
    support::ScriptedServer server;
    support::FixedLookup lookup{server.port};
    std::optional<queue::RemoteDelivery> remote{std::in_place, queue::Context{school, *spool, *store, config, clock},
                                                lookup};
    queue::Settling late{{school, *spool, *store, config, clock}};

    Place()
    {
        base::set_log_level(base::Level::error);
        auto body = spool->begin();
        body.add_return_path("ali@school.example");
        body.append("Subject: hai\r\n\r\n.dot\r\nHalo\r\n");
        spool->commit(body, {.sender = "ali@school.example", .login = "ali"}, {{"x@far.example"}});
        queue::Settlement settlement;
        settlement.done.push_back({body.id(), 1});
        settlement.onward.push_back({body.id(), {"x@far.example"}, "far.example"});
        settlement.onward.push_back({body.id(), {"y@far.example"}, "far.example"});
        spool->settle(settlement);
    }
    /// Says QUIT; after it `heard` may be read.
    void stop()
    {
        remote.reset();
        server.stop();
    }
    queue::Reception run()
    {
        auto const reception = remote->run({"far.example", spool->due_for("far.example", clock.time, 10)});
        late.settle_late([](auto const&) { return false; });
        return reception;
    }
    std::string report()
    {
        auto const due = spool->due(clock.time, 10);
        return due.empty() ? "" : due.front().body.read(0, 1 << 20);
    }
};
} // namespace

TEST_CASE("a message goes to the other server without Return-Path, dots doubled", "[queue][remote]")
{
    Place place;
    place.run();
    place.stop();
    CHECK(place.spool->counts().messages == 0);
    auto const& heard = place.server.heard;
    CHECK(has(heard, "EHLO mail.school.example\r\nMAIL FROM:<ali@school.example> SIZE=28\r\n"));
    CHECK(has(
        heard,
        "RCPT TO:<x@far.example>\r\nRCPT TO:<y@far.example>\r\nDATA\r\nSubject: hai\r\n\r\n..dot\r\nHalo\r\n.\r\n"));
    CHECK(has(heard, "QUIT\r\n"));
}

TEST_CASE("a 5xx is reported to the sender with the server's own words", "[queue][remote][dsn]")
{
    Place place;
    place.server.replies["RCPT"] = "550-5.1.1 no such\r\n550 5.1.1 user here\r\n";
    place.run();
    CHECK(place.spool->counts().remote == 0);
    auto const report = place.report();
    CHECK(has(report, "Action: failed"));
    CHECK(has(report, "Status: 5.1.1"));
    CHECK(has(report, "no such user here"));
    CHECK(has(report, "Remote-MTA: dns; mx.far.example"));
}

TEST_CASE("a 4xx is tried again later; after days it is given up", "[queue][remote]")
{
    Place place;
    place.server.replies["MAIL"] = "451 4.7.1 greylisted\r\n";
    place.run();
    auto const waiting = place.spool->list(10);
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].recipients[0].attempts == 1);
    CHECK(waiting[0].recipients[0].last_reply == "451 4.7.1 greylisted");
    CHECK(waiting[0].recipients[0].next_try > place.clock.time + 3 * 60'000'000);
    CHECK(place.report().empty());

    place.clock.time += 6LL * 3600 * 1'000'000; // late: a warning, once
    place.run();
    CHECK(has(place.report(), "Action: delayed"));
    CHECK(place.spool->list(10)[0].recipients[0].warned);

    place.clock.time += 5LL * 24 * 3600 * 1'000'000;
    place.run();
    CHECK(place.spool->counts().remote == 0);
    auto const all = place.spool->due(place.clock.time, 10);
    REQUIRE(all.size() == 2);
    CHECK(has(all[1].body.bytes, "Status: 4.4.7"));
}

TEST_CASE("a server that hangs up before its 250 gets the message again", "[queue][remote]")
{
    Place place;
    place.server.replies["."] = "";
    place.run();
    CHECK(place.spool->list(10)[0].recipients[0].attempts == 1);
    CHECK(has(place.spool->list(10)[0].recipients[0].last_reply, "did not confirm"));
}

TEST_CASE("when nobody answers everything for the domain waits", "[queue][remote]")
{
    Place place;
    place.server.stop();
    CHECK(place.run().kind == queue::Reception::Kind::nobody);
    CHECK(place.spool->counts().remote == 2);
}

TEST_CASE("a domain that takes no mail is reported at once", "[queue][remote][dsn]")
{
    Place place;
    place.lookup.destination = {remote::Destination::Kind::nowhere, {}, "5.1.2", "there is no such domain"};
    place.run();
    CHECK(has(place.report(), "Status: 5.1.2"));
    CHECK(place.spool->counts().remote == 0);
}

TEST_CASE("one recipient may be refused while the other is taken", "[queue][remote]")
{
    Place place;
    place.server.replies["."] = "552 5.2.2 full\r\n";
    place.run();
    CHECK(has(place.report(), "Status: 5.2.2"));
}

TEST_CASE("DSN parameters go on to a server that knows them (RFC 3461 5.2)", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 DSN\r\n";
    queue::Settlement settlement;
    auto const id = place.spool->list(1)[0].id;
    settlement.onward.push_back(
        {id, {"z@far.example", "rfc822;z+1@s", queue::notify_success | queue::notify_failure}, "far.example"});
    place.spool->settle(settlement);
    place.run();
    place.stop();
    CHECK(has(place.server.heard, "RCPT TO:<z@far.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;z+2B1@s\r\n"));
}

TEST_CASE("dots are doubled at every line start, however the message is cut", "[queue][remote]")
{
    std::string const text = ".a\r\n..\r\nb.\r\n\r\n.";
    for (std::size_t i = 0; i <= text.size(); ++i) {
        remote::DotStuffer stuffer;
        auto wire = stuffer.feed(text.substr(0, i));
        wire += stuffer.feed(text.substr(i));
        CHECK(wire + stuffer.finish() == "..a\r\n...\r\nb.\r\n\r\n..\r\n.\r\n");
    }
    CHECK(remote::DotStuffer().finish() == ".\r\n");
}

TEST_CASE("the whole queue: from the spool to another server, each message once, and stops", "[queue][remote]")
{
    Place place;
    auto lookup = std::make_unique<support::FixedLookup>(place.server.port);
    for (int i = 0; i < 30; ++i) {
        auto body = place.spool->begin();
        body.add_return_path("ali@school.example");
        body.append("X-Number: " + std::to_string(i) + ";\r\n\r\n");
        place.spool->commit(body, {.sender = "ali@school.example"}, {{"x@far.example"}});
        place.clock.time += 1000;
    }
    {
        queue::Queue whole({place.school, *place.spool, *place.store, place.config, place.clock}, {},
                           std::move(lookup));
        whole.start();
        for (int i = 0; i < 500 && place.spool->counts().messages > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    place.stop();
    CHECK(place.spool->counts().messages == 0);
    for (int i = 0; i < 30; ++i) {
        auto const number = "X-Number: " + std::to_string(i) + ";";
        auto const first = place.server.heard.find(number);
        CHECK(first != std::string::npos);
        CHECK(place.server.heard.find(number, first + 1) == std::string::npos);
    }
}

TEST_CASE("commands go in one piece to a server with PIPELINING, each reply to its recipient (RFC 2920)",
          "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 PIPELINING\r\n";
    place.server.replies["RCPT"] = "550 5.1.1 no\r\n|250 ok\r\n";
    place.run();
    CHECK(has(place.report(), "Final-Recipient: rfc822; x@far.example"));
    CHECK_FALSE(has(place.report(), "y@far.example\r\nAction: failed"));
    CHECK(place.spool->counts().remote == 0);
}

TEST_CASE("a server that says 354 though it refused all recipients gets nothing (RFC 2920 3.1)", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 PIPELINING\r\n";
    place.server.replies["RCPT"] = "550 5.1.1 no\r\n";
    place.run();
    place.stop();
    CHECK(has(place.server.heard, "DATA\r\n.\r\n"));
    CHECK_FALSE(has(place.server.heard, "Halo"));
    CHECK(has(place.report(), "Status: 5.1.1"));
}

TEST_CASE("too many recipients: the rest in the next transaction of the same connection", "[queue][remote]")
{
    Place place;
    place.server.replies["RCPT"] = "250 ok\r\n|452 4.5.3 too many\r\n|250 ok\r\n";
    place.run();
    place.stop();
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.server.connections == 1);
    auto const second = place.server.heard.rfind("MAIL FROM");
    CHECK(has(place.server.heard.substr(second), "RCPT TO:<y@far.example>"));
}

TEST_CASE("LIMITS RCPTMAX is kept to (RFC 9422)", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250-PIPELINING\r\n250 LIMITS MAILMAX=20 RCPTMAX=1\r\n";
    place.run();
    place.stop();
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.server.heard.find("MAIL FROM") != place.server.heard.rfind("MAIL FROM"));
}

TEST_CASE("the next message uses the connection of the one before, a broken one is replaced", "[queue][remote]")
{
    Place place;
    auto send_one = [&] {
        auto body = place.spool->begin();
        body.add_return_path("");
        body.append("X: 1\r\n\r\nsatu\r\n");
        place.spool->commit(body, {}, {{"x@far.example"}});
        queue::Settlement settlement;
        settlement.done.push_back({body.id(), 1});
        settlement.onward.push_back({body.id(), {"x@far.example"}, "far.example"});
        place.spool->settle(settlement);
        place.run();
    };
    place.run();
    send_one();
    CHECK(place.server.connections == 1);
    place.server.replies["RSET"] = "";
    send_one();
    CHECK(place.server.connections == 2);
    CHECK(place.spool->counts().messages == 0);
}

TEST_CASE("a 421 in the middle leaves everything for later", "[queue][remote]")
{
    Place place;
    place.server.replies["RCPT"] = "250 ok\r\n|421 4.3.2 going down\r\n";
    place.run();
    CHECK(place.spool->counts().remote == 2);
    CHECK(place.spool->list(1)[0].recipients[0].last_reply == "421 4.3.2 going down");
}

TEST_CASE("replies that are none: garbage, changing codes, a 250 to DATA, no end", "[queue][remote]")
{
    for (std::string const reply : {"HTTP/1.1 400\r\n", "250-a\r\n450 b\r\n", "99 x\r\n", "2500 x\r\n"}) {
        Place place;
        place.server.replies["MAIL"] = reply;
        place.run();
        CHECK(place.spool->counts().remote == 2);
    }
    Place early;
    early.server.replies["DATA"] = "250 ok\r\n";
    early.run();
    CHECK(early.spool->counts().remote == 2);
    Place endless;
    for (int i = 0; i < 200; ++i) endless.server.replies["EHLO"] += "250-x\r\n";
    endless.run();
    CHECK(endless.spool->counts().remote == 2);
}

TEST_CASE("replies without text are replies", "[queue][remote]")
{
    Place place;
    place.server.replies[""] = "220\r\n";
    place.server.replies["MAIL"] = "250\r\n";
    place.server.replies["RCPT"] = "250 \r\n";
    place.run();
    CHECK(place.spool->counts().messages == 0);
}

TEST_CASE("REQUIRETLS without a secure way, and TLS that the route asks for: nothing in clear text",
          "[queue][remote][rfc8689]")
{
    Place place;
    auto message = place.spool->due_for("far.example", place.clock.time, 1);
    message[0].envelope.require_tls = true;
    place.remote->run({"far.example", message});
    CHECK(has(place.report(), "Status: 5.7.30"));
    Place route;
    remote::Route const verified{.hosts = {"mx.far.example"}, .tls = remote::TlsRule::verified};
    route.remote->run({"far.example", route.spool->due_for("far.example", route.clock.time, 1), verified});
    route.stop();
    CHECK(route.spool->counts().remote == 2);
    CHECK_FALSE(has(route.server.heard, "MAIL"));
}

TEST_CASE("a password is never given in clear text", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 AUTH PLAIN\r\n";
    remote::Route const route{.hosts = {"mx"}, .credentials = remote::Credentials{"sekolah", "rahasia"}};
    place.remote->run({"far.example", place.spool->due_for("far.example", place.clock.time, 1), route});
    place.stop();
    CHECK_FALSE(has(place.server.heard, "AUTH"));
    CHECK(place.spool->counts().remote == 2);
}

TEST_CASE("recipients over MAILMAX go at once over a new connection, and no attempt is counted", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 LIMITS MAILMAX=1 RCPTMAX=1\r\n";
    place.run();
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.server.connections == 2);
}

TEST_CASE("a connection that breaks between two transactions is replaced before anything counts as failed",
          "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 LIMITS RCPTMAX=1\r\n";
    place.server.replies["MAIL"] = "250 ok\r\n||250 ok\r\n"; // the second hangs up
    place.run();
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.server.connections == 2);
}

TEST_CASE("a doubtful end in the second transaction concerns its recipients only", "[queue][remote]")
{
    Place place;
    place.server.replies["EHLO"] = "250-far\r\n250 LIMITS RCPTMAX=1\r\n";
    place.server.replies["."] = "250 ok\r\n|";
    place.run();
    CHECK(place.spool->counts().remote == 1);
    auto const waiting = place.spool->list(1).at(0).recipients.at(0);
    CHECK(waiting.address == "y@far.example");
    CHECK(waiting.attempts == 1);
    CHECK(has(waiting.last_reply, "did not confirm"));
}

TEST_CASE("a converted message is signed as it is sent, whatever was signed before (RFC 6376 5.3)",
          "[queue][remote][dkim]")
{
    Place place;
    db::Database database({place.folder / "school.db", "school", db::Mode::read_write});
    auth::KeyMaker(database, place.folder / "dkim", place.clock).make_missing();
    auth::KeyRing keys(database, place.folder / "dkim", place.clock);
    auth::OutboundSigner signer(
        keys, [] { return "school.example"; }, place.clock);
    auto message = place.spool->due_for("far.example", place.clock.time, 1).at(0);
    message.body.bytes = "From: ali@school.example\r\nContent-Transfer-Encoding: 8bit\r\n\r\nsel\xC3\xA1mat\r\n";
    message.body.head.clear();
    message.return_path = 0;
    message.size = message.body.bytes.size();
    place.server.replies["EHLO"] = "250-far\r\n250 8BITMIME\r\n|250 far\r\n";
    for (auto const* destination : {"far.example", "other.example"}) {
        auto one = message;
        one.recipients.resize(1);
        queue::RemoteDelivery({place.school, *place.spool, *place.store, place.config, place.clock, &signer},
                              place.lookup)
            .run({destination, {one}});
    }
    place.stop();
    std::set<std::string> hashes;
    auto const& heard = place.server.heard;
    for (auto at = heard.find("bh="); at != std::string::npos; at = heard.find("bh=", at + 1))
        hashes.insert(heard.substr(at, heard.find(';', at) - at));
    CHECK(hashes.size() == 2);
}
