// The trace: what is written with which commit, what is found, what is forgotten, what strangers can fill it with.

#include "appliance/i18n/catalog.h"
#include "maild/limits.h"
#include "maild/queue/local.h"
#include "maild/queue/remote.h"
#include "maild/queue/trace_reader.h"
#include "maild/queue/trace_words.h"
#include "maild/smtp/refusal_log.h"
#include "tests/maild/scripted_server.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using namespace maild;
using queue::TraceKind;
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
    queue::QuotaWatch quotas{school, *store, *spool};
    queue::LocalDelivery local{{school, *spool, *store, config, clock}, quotas};
    std::unique_ptr<queue::TraceReader> reader = queue::make_trace_reader(school, folder / "spool", folder / "mail");

    Place() { base::set_log_level(base::Level::error); }

    queue::MessageId put(std::vector<queue::NewRecipient> const& recipients,
                         std::string const& sender = "guru1@school.example", queue::Arrival arrival = {})
    {
        clock.time += 1000;
        queue::SpoolBody body(clock.time << queue::trace_id_bits, folder / "spool" + "/body");
        body.add_return_path(sender);
        body.append("Subject: hai\r\n\r\nHalo\r\n");
        spool->commit(body, {.sender = sender, .login = "guru1", .arrival = std::move(arrival)}, recipients);
        return body.id();
    }
    queue::TracedMessage only(queue::TraceQuery const& query)
    {
        auto found = reader->find(query).messages;
        if (queue::parse_message_id(query.id)) // with it come the reports about it, and what was passed on
            std::erase_if(found, [&](auto const& message) { return queue::show(message.id) != query.id; });
        REQUIRE(found.size() == 1);
        return found.front();
    }
    std::vector<std::string> names(queue::MessageId id)
    {
        std::vector<std::string> all;
        for (auto const& line : only({.id = queue::show(id)}).lines) all.emplace_back(queue::show(line));
        return all;
    }
    std::size_t count(queue::TraceQuery const& query) { return reader->find(query).messages.size(); }
    std::string told(queue::MessageId id, char const* language)
    {
        std::string text;
        for (auto const& line :
             queue::story(i18n::catalog(language), only({.id = queue::show(id)}), base::iso_date, clock.time))
            text += line.name + ": " + line.text + '\n';
        return text;
    }
};
using Names = std::vector<std::string>;
} // namespace

TEST_CASE("the trace of a list: what it stands for, and where the mail went", "[queue][trace]")
{
    Place place;
    auto const id = place.put({{"x-tkj-1@school.example"}}, "guru1@school.example",
                              {.peer = "192.0.2.7", .hello = "pc-7", .protocol = "ESMTPSA", .header_id = "<a@b>"});
    CHECK(place.names(id).empty());
    CHECK(has(place.told(id, "en"), "queued: now: x-tkj-1@school.example is next\n"));
    place.local.run();
    CHECK(place.names(id) == Names{"expanded", "delivered"});
    auto const message = place.only({.to = "budi@school.example"});
    CHECK(message.lines[0].places == Names{"ali", "budi"});
    CHECK(message.arrival.hello == "pc-7");
    CHECK(place.told(id, "en") == "connected: 192.0.2.7 connects and calls itself pc-7, not encrypted\n"
                                  "accepted: accepted for x-tkj-1@school.example, sent by guru1 after login\n"
                                  "expanded: x-tkj-1@school.example stands for ali, budi\n"
                                  "delivered: delivered into 2 mailboxes: ali, budi\n");
    CHECK(has(place.told(id, "id"), "masuk ke 2 kotak surat: ali, budi"));
}

TEST_CASE("a message is found by a whole address, a part of it, a login, its id or its Message-ID", "[queue][trace]")
{
    Place place;
    auto const id =
        place.put({{"budi@school.example"}}, "Ibu.Siti@luar.example", {.header_id = "<abc@luar.example>"});
    place.put({{"ali@school.example"}}, "lain@luar.example");
    place.local.run();
    for (auto const* from : {"ibu.siti@LUAR.example", "siti", "ibu.siti@lu"})
        CHECK(place.only({.from = from}).id == id);
    for (auto const* to : {"budi@school.example", "BUDI", "budi"}) CHECK(place.only({.to = to}).id == id);
    for (auto const& text : {queue::show(id), std::string("<abc@luar.example>"), std::string("abc@luar.example")})
        CHECK(place.only({.id = text}).id == id);
    CHECK(place.count({.from = "siti@luar.example"}) == 0); // an address is no part of another one
    CHECK(place.count({.to = "udi@school.example"}) == 0);
    CHECK(place.count({.from = "siti", .to = "ali"}) == 0);
    CHECK(place.count({.from = "guru1"}) == 2); // the login of both
}

TEST_CASE("the trace is shown in pages and by time", "[queue][trace]")
{
    Place place;
    std::vector<queue::MessageId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(place.put({{"budi@school.example"}}));
    auto const first = place.reader->find({.most = 2});
    REQUIRE(first.messages.size() == 2);
    CHECK(first.messages[1].id == ids[4]);
    CHECK(first.has_more);
    auto const last = place.reader->find({.most = 3, .before = first.messages[0].id});
    REQUIRE(last.messages.size() == 3);
    CHECK(last.messages[0].id == ids[0]);
    CHECK_FALSE(last.has_more);
    auto const middle = place.clock.time - 2000; // the third
    CHECK(place.count({.since = middle}) == 3);
    CHECK(place.count({.until = middle}) == 2);
}

TEST_CASE("a settlement that fails leaves no events", "[queue][trace]")
{
    Place place;
    auto const id = place.put({{"budi@school.example"}});
    queue::Settlement settlement;
    settlement.done.push_back({id, 1});
    settlement.events.push_back({.message = id, .kind = TraceKind::delivered, .recipient = "budi@school.example"});
    settlement.reports.push_back(
        {queue::SpoolBody(id, place.folder / "spool" + "/body"), {}, {{"x@y"}}}); // id is taken
    CHECK_THROWS_AS(place.spool->settle(settlement), base::StoreError);
    CHECK(place.names(id).empty());
    CHECK(place.spool->counts().incoming == 1);
    settlement.reports.clear();
    place.spool->settle(settlement);
    CHECK(place.names(id) == Names{"delivered"});
}

TEST_CASE("a report has a trace of its own that names its message", "[queue][trace][dsn]")
{
    Place place;
    auto const id = place.put({{"nobody@school.example"}});
    place.local.run();
    CHECK(place.names(id) == Names{"failed", "reported"});
    auto const lines = place.only({.id = queue::show(id)}).lines;
    CHECK(lines[0].status == "5.1.1");
    auto const report = place.only({.id = lines[1].places.at(0)});
    CHECK(report.arrival.about == id);
    CHECK(report.recipients == Names{"guru1@school.example"});
    auto const told = place.told(id, "id");
    CHECK(has(told, "tidak terkirim kepada nobody@school.example: pengguna itu tidak ada"));
    CHECK(has(told, "guru1@school.example diberi tahu bahwa surat tidak terkirim"));
    CHECK(place.count({.to = "guru1"}) == 1); // being told is not getting the mail itself

    auto const bounced = place.put({{"nobody@school.example"}}, "");
    place.local.run();
    CHECK(place.names(bounced) == Names{"failed", "unreported"});
}

TEST_CASE("what still waits is told as it is now, also when its whole destination waits", "[queue][trace]")
{
    Place place;
    auto const id = place.put({{"x@far.example"}});
    place.local.run();
    auto const later = place.clock.time + base::Timestamp{3600} * 1000000;
    place.spool->rest({"far.example"}, later, 1, "nobody");
    CHECK(has(place.told(id, "en"),
              "now: x@far.example waits for a server of far.example, next attempt: " + base::iso_date(later)));
    place.spool->hold({id});
    CHECK(has(place.told(id, "id"), "sekarang: x@far.example ditahan"));
    place.spool->remove({id});
    CHECK_FALSE(has(place.told(id, "en"), "now:"));
}

TEST_CASE("what people do with the queue is traced", "[queue][trace]")
{
    Place place;
    auto const id = place.put({{"budi@school.example"}});
    place.spool->retry({id});
    place.spool->hold({id});
    place.spool->retry({id});
    place.spool->remove({id});
    CHECK(place.names(id) == Names{"retried", "held", "released", "deleted"});
    CHECK(place.spool->remove({id}) == 0);
    CHECK(place.names(id).size() == 4);
}

TEST_CASE("old traces go, but not of what is still in the queue", "[queue][trace]")
{
    Place place;
    place.clock.time += base::Timestamp{400} * 24 * 3600 * 1000000; // event ids never go back: not behind other tests
    std::vector<queue::RefusedMail> refused(3, {.recipient = "x@school.example"});
    for (auto& one : refused) one.first = one.last = place.clock.time;
    place.spool->note_refused(refused);
    auto const gone = place.put({{"budi@school.example"}});
    place.local.run();
    auto const held = place.put({{"ali@school.example"}});
    auto const inbox = place.store->find(2, "INBOX")->id;
    mailbox::UidSet const first{1};
    place.store->store_flags(inbox, first, mailbox::FlagChange::add, {mailbox::flag_seen, {}},
                             {.means = mailbox::Means::imap});
    place.clock.time += 1000;
    CHECK(place.names(gone) == Names{"delivered", "read"});
    // Ids never go back in a process, and other tests have been later than this clock.
    place.spool->forget_trace(place.clock.time + 100LL * 24 * 3600 * 1'000'000);
    place.store->forget_readings(place.clock.time);
    CHECK(place.count({.id = queue::show(gone)}) == 0);
    CHECK(place.count({.id = queue::show(held)}) == 1);
    CHECK(place.reader->find({}).refused.empty());
    auto again = place.put({{"budi@school.example"}});
    place.local.run();
    CHECK(place.names(again) == Names{"delivered"});
}

TEST_CASE("the first reading of a delivered mail is noted once, also when it goes at once", "[queue][trace]")
{
    Place place;
    auto const read = place.put({{"budi@school.example"}});
    auto const fetched = place.put({{"budi@school.example"}});
    auto const copied = place.put({{"budi@school.example"}});
    place.local.run();
    auto const inbox = place.store->find(2, "INBOX")->id;
    auto const seen = mailbox::Flags{mailbox::flag_seen, {}};
    place.store->store_flags(inbox, {1}, mailbox::FlagChange::add, {mailbox::flag_flagged, {}},
                             {.means = mailbox::Means::imap});
    CHECK(place.names(read) == Names{"delivered"});
    place.store->store_flags(inbox, {1}, mailbox::FlagChange::add, seen, {.means = mailbox::Means::webmail});
    place.store->store_flags(inbox, {1}, mailbox::FlagChange::remove, seen, {.means = mailbox::Means::imap});
    place.store->store_flags(inbox, {1}, mailbox::FlagChange::add, seen, {.means = mailbox::Means::imap});
    CHECK(place.names(read) == Names{"delivered", "read"});
    CHECK(place.only({.id = queue::show(read)}).lines[1].means == queue::TraceLine::Means::webmail);
    CHECK(place.only({.id = queue::show(read)}).lines[1].places == Names{"budi"});

    place.store->expunge(inbox, {2}, mailbox::Means::pop3);
    CHECK(place.only({.id = queue::show(fetched)}).lines.at(1).means == queue::TraceLine::Means::pop3);

    place.store->move(inbox, {3}, {"Trash"});
    mailbox::UidSet const moved{1};
    auto const trash = place.store->find(2, "Trash")->id;
    place.store->store_flags(trash, moved, mailbox::FlagChange::add, seen, {.means = mailbox::Means::imap});
    CHECK(place.names(copied) == Names{"delivered", "read"});
}

TEST_CASE("who reads faster than the queue notes its delivery is told behind it", "[queue][trace]")
{
    Place place;
    auto const id = place.put({{"budi@school.example"}});
    auto const due = place.spool->due(place.clock.time, 1);
    place.store->deliver({{{due[0].body.bytes, "", due[0].body.head},
                           due[0].received,
                           {{.account = 2, .key = queue::show(id) + "/2"}},
                           id}});
    mailbox::UidSet const first{1};
    place.store->store_flags(place.store->find(2, "INBOX")->id, first, mailbox::FlagChange::add,
                             {mailbox::flag_seen, {}}, {.means = mailbox::Means::imap});
    place.clock.time = base::system_clock().now() + 1'000'000; // the mail store goes by the real clock
    place.local.run();
    CHECK(place.names(id) == Names{"delivered", "read"});
}

namespace
{
queue::RefusedMail refusal(std::string const& recipient, std::string const& peer = "192.0.2.1")
{
    return {.peer = peer, .sender = "x@far.example", .recipient = recipient, .reply = "550 5.1.1 No such user here"};
}
std::uint64_t total(std::vector<queue::RefusedMail> const& all)
{
    std::uint64_t sum = 0;
    for (auto const& one : all) sum += one.count;
    return sum;
}
} // namespace

TEST_CASE("a flood of refusals from one client is a bounded number of rows, and none is uncounted", "[smtp][trace]")
{
    support::MemorySpool spool;
    support::FixedClock clock;
    auto const peer = *net::IpAddress::parse("192.0.2.1");
    {
        smtp::RefusalLog log(spool, clock);
        for (int i = 0; i < 5000; ++i) log.note(peer, refusal(std::to_string(i)));
        for (int i = 0; i < 100; ++i) log.note(*net::IpAddress::parse("192.0.2.2"), refusal("budi", "192.0.2.2"));
    }
    CHECK(spool.refused.size() == limits::refusals_per_address + 2); // its surplus is one line, the other client one
    CHECK(total(spool.refused) == 5100);
}

TEST_CASE("a flood of refusals from very many clients is bounded too", "[smtp][trace]")
{
    support::MemorySpool spool;
    support::FixedClock clock;
    {
        smtp::RefusalLog log(spool, clock);
        for (std::uint32_t i = 0; i < 6000; ++i) {
            auto const peer = net::IpAddress::from_v4(0x0A000000 + i);
            log.note(peer, refusal("budi", peer.show()));
        }
    }
    CHECK(spool.refused.size() == limits::refusals_per_hour + 1);
    CHECK(total(spool.refused) == 6000);
}

TEST_CASE("an IPv6 network counts as one client; the next hour begins anew", "[smtp][trace]")
{
    support::MemorySpool spool;
    support::FixedClock clock;
    {
        smtp::RefusalLog log(spool, clock);
        for (int i = 1; i <= 100; ++i) {
            auto const peer = *net::IpAddress::parse("2001:db8:0:1::" + std::to_string(i));
            log.note(peer, refusal("budi", peer.show()));
        }
        clock.time += base::Timestamp{3600} * 1000000;
        log.note(*net::IpAddress::parse("2001:db8:0:1::1"), refusal("ali"));
    }
    CHECK(spool.refused.size() == limits::refusals_per_address + 2);
    CHECK(total(spool.refused) == 101);
}

TEST_CASE("RCPT and DATA that are refused are noted with sender and recipient, RSET and syntax errors are not",
          "[smtp][trace]")
{
    support::SmtpPlace place;
    place.relay("EHLO mx.far.example\r\nMAIL FROM:<x@far.example>\r\nRCPT TO:<nobody@school.example>\r\n"
                "RCPT TO:<budi@school.example>\r\nRCPT TO:<syntax\r\nDATA\r\nbare\rcr\r\n.\r\nRSET\r\nQUIT\r\n");
    REQUIRE(place.spool.refused.size() == 2);
    CHECK(place.spool.refused[0].recipient == "nobody@school.example");
    CHECK(place.spool.refused[0].sender == "x@far.example");
    CHECK(place.spool.refused[0].hello == "mx.far.example");
    CHECK(place.spool.refused[0].reply == "550 5.1.1 No such user here");
    CHECK(place.spool.refused[1].recipient == "budi@school.example");
    CHECK(has(place.spool.refused[1].reply, "550 5.6.11"));
}

TEST_CASE("a mail that is refused for its announced size is noted with its sender", "[smtp][trace]")
{
    support::SmtpPlace place;
    place.relay("EHLO mx.far.example\r\nMAIL FROM:<x@far.example> SIZE=99999999\r\nQUIT\r\n");
    REQUIRE(place.spool.refused.size() == 1);
    CHECK(place.spool.refused[0].sender == "x@far.example");
    CHECK(place.spool.refused[0].recipient.empty());
    auto const told = queue::story(i18n::catalog("en"), place.spool.refused[0]).text;
    CHECK(told ==
          "127.0.0.1, which calls itself mx.far.example, was refused a mail from x@far.example: 552 5.3.4 The "
          "message is larger than this box takes");
}

namespace
{
struct TwoServers final : remote::DestinationLookup {
    support::ScriptedServer first;
    support::ScriptedServer second;
    remote::Destination find(std::string const&, remote::Route const&) override
    {
        return {remote::Destination::Kind::found,
                {{"mx1.far.example", first.endpoint()}, {"mx2.far.example", second.endpoint()}},
                "",
                ""};
    }
};
} // namespace

TEST_CASE("a server that does not take it, the next one that does: both are told, and how it was secured",
          "[queue][trace]")
{
    Place place;
    TwoServers servers;
    servers.first.replies[""] = "421 4.3.2 closed for cleaning\r\n";
    auto const id = place.put({{"x@far.example"}});
    place.local.run();
    queue::RemoteDelivery remote({place.school, *place.spool, *place.store, place.config, place.clock}, servers);
    remote.run({"far.example", place.spool->due_for("far.example", place.clock.time, 1)});
    CHECK(place.names(id) == Names{"tried", "sent"});
    auto const told = place.told(id, "en");
    CHECK(has(told, "tried: not taken for x@far.example: mx1.far.example answered: 421 4.3.2 closed for cleaning; "
                    "the next server is asked"));
    CHECK(has(told, "sent: handed over to mx2.far.example for x@far.example: 250 2.0.0 taken, not encrypted"));
    CHECK(has(place.told(id, "id"), "tanpa enkripsi"));
}

TEST_CASE("a server that hangs up before its answer: doubtful before deferred", "[queue][trace]")
{
    Place place;
    TwoServers servers;
    servers.first.replies["."] = "";
    auto const id = place.put({{"x@far.example"}});
    place.local.run();
    queue::RemoteDelivery remote({place.school, *place.spool, *place.store, place.config, place.clock}, servers);
    remote.run({"far.example", place.spool->due_for("far.example", place.clock.time, 1)});
    CHECK(place.names(id) == Names{"doubtful", "deferred"});
    CHECK(has(place.told(id, "en"), "doubtful: mx1.far.example hung up before it confirmed the mail"));
    CHECK(servers.second.connections == 0); // the first may have it
}
