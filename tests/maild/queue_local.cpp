// From the spool into mailboxes, with the real stores in a temporary folder.

#include "appliance/message/header.h"
#include "maild/mailbox/whole_message.h"
#include "maild/queue/local.h"
#include "maild/queue/retry.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

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
    queue::QuotaWatch quotas{school, *store, *spool};
    queue::LocalDelivery local{{school, *spool, *store, config, clock}, quotas};

    Place() { base::set_log_level(base::Level::error); }

    void put(std::vector<queue::NewRecipient> const& recipients, std::string const& sender = "guru1@school.example",
             std::string const& text = "Subject: hai\r\n\r\nHalo\r\n")
    {
        auto body = spool->begin();
        body.add_return_path(sender);
        body.append(text);
        spool->commit(body, {.sender = sender, .sender_verified = true}, recipients);
        clock.time += 1000;
    }
    std::vector<std::string> inbox(mailbox::AccountId account)
    {
        std::vector<std::string> bodies;
        auto const found = store->find(account, "INBOX");
        if (!found) return bodies;
        for (auto const& message : store->messages(found->id))
            bodies.emplace_back(maild::mailbox::WholeMessage(*store->open(message.body)).bytes());
        return bodies;
    }
};
} // namespace

TEST_CASE("a message reaches every mailbox of its recipients once", "[queue][local]")
{
    Place place;
    place.put({{"budi@school.example"}, {"x-tkj-1@school.example"}, {"info@school.example"}});
    CHECK(place.local.run() == 1);
    REQUIRE(place.inbox(1).size() == 1);
    REQUIRE(place.inbox(2).size() == 1);
    CHECK(place.inbox(2).front() == "Return-Path: <guru1@school.example>\r\nSubject: hai\r\n\r\nHalo\r\n");
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.local.run() == 0);
}

TEST_CASE("a crash between delivery and settling delivers nothing twice", "[queue][local]")
{
    Place place;
    place.put({{"budi@school.example"}});
    auto const due = place.spool->due(place.clock.time, 1);
    place.store->deliver({{{due[0].body.bytes, "", due[0].body.head},
                           due[0].received,
                           {{.account = 2, .quota = 0, .key = queue::show(due[0].id) + "/2"}}}});
    CHECK(place.local.run() == 1);
    CHECK(place.inbox(2).size() == 1);
}

TEST_CASE("a recipient found unknown late is reported to the sender (RFC 3464)", "[queue][dsn]")
{
    Place place;
    place.put({{"hilang@school.example", "rfc822;hilang@school.example"}, {"budi@school.example"}});
    place.local.run();
    place.local.run();
    CHECK(place.inbox(2).size() == 1);
    REQUIRE(place.inbox(3).size() == 1);
    auto const report = place.inbox(3).front();
    CHECK(report.starts_with("Return-Path: <>\r\n"));
    CHECK(has(report, "multipart/report"));
    CHECK(has(report, "Final-Recipient: rfc822;"));
    CHECK(has(report, "hilang@school.example"));
    CHECK(has(report, "Action: failed"));
    CHECK(has(report, "Status: 5.1.1"));
    CHECK(has(report, "Surat Anda tidak dapat"));
    CHECK(place.spool->counts().messages == 0);
}

TEST_CASE("NOTIFY=NEVER and the null sender get no report (RFC 3461 4.1, RFC 5321 6.1)", "[queue][dsn]")
{
    Place place;
    place.put({{"hilang@school.example", "", queue::notify_never}});
    place.put({{"hilang@school.example"}}, "");
    CHECK(place.local.run() == 2);
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.inbox(3).empty());
}

TEST_CASE("NOTIFY=SUCCESS is reported when it is delivered", "[queue][dsn]")
{
    Place place;
    place.put({{"budi@school.example", "", queue::notify_success}});
    place.local.run();
    place.local.run();
    REQUIRE(place.inbox(3).size() == 1);
    CHECK(has(place.inbox(3).front(), "Action: delivered"));
}

TEST_CASE("a full mailbox is reported, and published for RCPT", "[queue][dsn]")
{
    Place place;
    place.school.quota = 2000;
    place.put({{"budi@school.example"}}, "guru1@school.example",
              "Subject: besar\r\n\r\n" + std::string(3000, 'x') + "\r\n");
    place.local.run();
    CHECK(place.inbox(2).empty());
    place.school.quota = 0;
    place.local.run();
    REQUIRE(place.inbox(3).size() == 1);
    CHECK(has(place.inbox(3).front(), "Status: 5.2.2"));

    place.school.quota = 2000;
    place.put({{"budi@school.example"}}, "guru1@school.example",
              "Subject: x\r\n\r\n" + std::string(1800, 'x') + "\r\n");
    place.local.run();
    place.quotas.refresh();
    REQUIRE(place.spool->room(2));
    CHECK(*place.spool->room(2) < 200);
    auto const inbox = place.store->find(2, "INBOX");
    place.store->expunge(inbox->id, {1});
    place.quotas.refresh();
    CHECK_FALSE(place.spool->room(2));
}

TEST_CASE("an alias with an address elsewhere goes both ways", "[queue][local]")
{
    Place place;
    place.put({{"keduanya@school.example"}});
    place.local.run();
    place.local.run(); // what goes elsewhere is a message of its own
    CHECK(place.inbox(1).size() == 1);
    auto const waiting = place.spool->list(10);
    REQUIRE(waiting.size() == 1);
    REQUIRE(waiting.front().recipients.size() == 1);
    auto const& onward = waiting.front().recipients.front();
    CHECK(onward.address == "tamu@far.example");
    CHECK(onward.state == queue::State::remote);
    CHECK(onward.destination == "far.example");
    CHECK(onward.original == "rfc822;keduanya@school.example");
}

TEST_CASE("mail that an alias sent away and that comes back is a loop (RFC 5321 6.3)", "[queue][lists]")
{
    Place place;
    place.put({{"keduanya@school.example"}});
    place.local.run();
    auto const sent = place.spool->due_for("far.example", (place.local.run(), place.clock.time), 1);
    REQUIRE(sent.size() == 1);
    auto const text = sent[0].body.read(sent[0].return_path, 10000);
    CHECK(has(text, "Delivered-To: keduanya@school.example\r\n"));
    place.put({{"keduanya@school.example"}}, "guru1@school.example", text);
    while (place.local.run() > 0) {
    }
    CHECK(place.inbox(1).size() == 1);
    REQUIRE(place.inbox(3).size() == 1);
    CHECK(has(place.inbox(3).front(), "Status: 5.4.6"));
    CHECK(has(place.inbox(3).front(), "berputar"));
}

TEST_CASE("a class mail says which list it is, and is one body for all (RFC 2919, RFC 2369)", "[queue][lists]")
{
    Place place;
    place.put({{"x-tkj-1@school.example"}}, "ali@school.example",
              "Subject: tugas\r\nReply-To: budi@school.example\r\n\r\n" + std::string(200000, 'x') + "\r\n");
    place.local.run();
    auto const one = place.inbox(1);
    REQUIRE(one.size() == 1); // the sender is in the class: he has it too
    CHECK(one == place.inbox(2));
    CHECK(one.front().starts_with("Return-Path: <ali@school.example>\r\nDelivered-To: x-tkj-1@school.example\r\n"
                                  "List-Id: \"X-TKJ-1\" <x-tkj-1.school.example>\r\n"
                                  "List-Post: <mailto:x-tkj-1@school.example>\r\nSubject: tugas\r\n"));
    CHECK_FALSE(has(one.front(), "List-Unsubscribe"));
    auto const body = [&](mailbox::AccountId account) {
        return place.store->messages(place.store->find(account, "INBOX")->id).front().body;
    };
    CHECK(body(1) == body(2));
}

TEST_CASE("who is addressed himself gets that copy, and only that", "[queue][lists]")
{
    Place place;
    place.put({{"x-tkj-1@school.example"}, {"budi@school.example"}});
    place.local.run();
    REQUIRE(place.inbox(1).size() == 1);
    REQUIRE(place.inbox(2).size() == 1);
    CHECK(has(place.inbox(1).front(), "List-Id:"));
    CHECK_FALSE(has(place.inbox(2).front(), "List-Id:"));
}

TEST_CASE("a list reports success once, and a stranger not who is in it (RFC 3461 5.2.7)", "[queue][lists][dsn]")
{
    Place place;
    place.put({{"x-tkj-1@school.example", "", queue::notify_success}});
    place.local.run();
    place.local.run();
    REQUIRE(place.inbox(3).size() == 1);
    auto const report = place.inbox(3).front();
    CHECK(has(report, "Final-Recipient: rfc822; x-tkj-1@school.example"));
    CHECK(report.find("Final-Recipient") == report.rfind("Final-Recipient"));

    place.school.quota = 2000;
    place.put({{"x-tkj-1@school.example"}}, "guru1@school.example", std::string(3000, 'x') + "\r\n");
    place.local.run();
    place.school.quota = 0;
    place.local.run();
    REQUIRE(place.inbox(3).size() == 2);
    CHECK(has(place.inbox(3).back(), "Status: 5.2.2"));
    CHECK_FALSE(has(place.inbox(3).back(), "budi@"));
}

TEST_CASE("an offline box reports an alias's address elsewhere at once", "[queue][dsn]")
{
    Place place;
    place.school.offline = true;
    place.put({{"keduanya@school.example"}});
    place.local.run();
    place.local.run();
    CHECK(place.inbox(1).size() == 1);
    REQUIRE(place.inbox(3).size() == 1);
    CHECK(has(place.inbox(3).front(), "Status: 5.4.4"));
    CHECK(place.spool->counts().messages == 0);
}

TEST_CASE("the router tells here, elsewhere and nowhere apart", "[queue][router]")
{
    support::SmallSchool school;
    using Kind = queue::Route::Kind;
    CHECK(queue::route(school, "budi@school.example").kind == Kind::here);
    CHECK(queue::route(school, "budi@mail.school.example").users.size() == 1);
    CHECK(queue::route(school, "x-tkj-1@school.example").users.size() == 2);
    CHECK(queue::route(school, "x@far.example").elsewhere.front().destination == "far.example");
    CHECK(queue::route(school, "hilang@school.example").status == "5.1.1");
    CHECK(queue::route(school, "siti@school.example").status == "5.2.1");
    CHECK(queue::route(school, "@@").status == "5.1.3");
}

TEST_CASE("retries double from minutes to hours, spread by a fifth", "[queue][retry]")
{
    constexpr base::Timestamp minute = 60'000'000;
    CHECK(queue::next_try({}, 0, 1, 0.5) == 5 * minute);
    CHECK(queue::next_try({}, 0, 2, 0.5) == 10 * minute);
    CHECK(queue::next_try({}, 0, 3, 0.5) == 20 * minute);
    CHECK(queue::next_try({}, 0, 50, 0.5) == 240 * minute);
    CHECK(queue::next_try({}, 0, 1, 0.0) == 4 * minute);
    CHECK(queue::next_try({}, 0, 1, 1.0) == 6 * minute);
    queue::Message message;
    message.envelope.deliver_by = queue::DeliverBy{30 * minute, false, false};
    CHECK(queue::expiry({}, message) == 5 * 24 * 60 * minute);
    CHECK(queue::deadline({}, message, queue::notify_unsaid, false) == 30 * minute);
    CHECK(queue::deadline({}, message, queue::notify_unsaid, true) == 5 * 24 * 60 * minute);
    message.envelope.deliver_by.reset();
    CHECK(queue::deadline({}, message, queue::notify_unsaid, false) == 240 * minute);
    CHECK(queue::deadline({}, message, queue::notify_failure, false) == 5 * 24 * 60 * minute);
    message.envelope.release = 60 * minute; // RFC 4865: all of it counts from the release
    CHECK(queue::deadline({}, message, queue::notify_unsaid, false) == 300 * minute);
    for (int i = 0; i < 100; ++i) CHECK(queue::spread() < 1.0);
}
