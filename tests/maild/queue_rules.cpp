// People's filters and automatic answers, with the real stores in a temporary folder.

#include "maild/mailbox/whole_message.h"
#include "maild/queue/local.h"
#include "maild/queue/retry.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using namespace maild;
using support::has;
using Condition = directory::FilterCondition;
using Action = directory::FilterAction;
using What = Condition::What;
using How = Condition::How;

namespace
{
/// What people have written, in memory.
class Rules final : public directory::Filters
{
public:
    std::map<directory::UserId, std::vector<directory::Filter>> all;
    std::map<directory::UserId, directory::Vacation> away;
    std::int64_t changes = 0;

    std::vector<directory::Filter> filters(directory::UserId user) override { return all[user]; }
    std::int64_t version() override { return changes; }
    directory::Vacation vacation(directory::UserId user) override { return away[user]; }

    base::Result<directory::FilterId> save(directory::UserId, directory::Filter const&) override { return unused(); }
    base::Result<void> remove(directory::UserId, directory::FilterId) override { return unused(); }
    base::Result<void> set_enabled(directory::UserId, directory::FilterId, bool) override { return unused(); }
    base::Result<void> shift(directory::UserId, directory::FilterId, bool) override { return unused(); }
    base::Result<void> set_vacation(directory::UserId, directory::Vacation const&) override { return unused(); }

private:
    static base::Error unused() { return base::refused("", "not in this test", ""); }
};

struct Place {
    support::TempFolder folder;
    support::FixedClock clock;
    support::SmallSchool school;
    config::Config config;
    Rules rules;
    std::unique_ptr<queue::Spool> spool = queue::make_sql_spool(folder / "spool", clock);
    std::unique_ptr<mailbox::MailStore> store = mailbox::make_sql_mail_store(folder / "mail");
    queue::QuotaWatch quotas{school, *store, *spool};
    queue::Context context{school, *spool, *store, config, clock};
    std::optional<queue::LocalDelivery> local;

    Place()
    {
        base::set_log_level(base::Level::error);
        context.filters = &rules;
        local.emplace(context, quotas);
    }

    void filter(directory::UserId user, std::vector<Condition> conditions, std::vector<Action> actions)
    {
        rules.all[user].push_back({1, "saringan", true, true, false, std::move(conditions), std::move(actions)});
        ++rules.changes;
    }
    void vacation(directory::UserId user, bool only_school = true)
    {
        rules.away[user] = {true, "", "Saya sedang cuti.", 0, 0, only_school, 7};
        ++rules.changes;
    }
    /// From guru1 to `to`, delivered, and what followed from it too.
    void send(std::string const& fields, std::string const& to = "budi@school.example",
              queue::Envelope envelope = {
                  .sender = "guru1@school.example", .login = "guru1", .sender_verified = true})
    {
        auto body = spool->begin();
        body.add_return_path(envelope.sender);
        body.append(fields + "\r\nHalo\r\n");
        spool->commit(body, envelope, {{to}});
        clock.time += 1000;
        while (local->run() > 0) clock.time += 1000;
    }
    std::vector<std::string> mails(mailbox::AccountId account, std::string const& name = "INBOX")
    {
        std::vector<std::string> bodies;
        auto const found = store->find(account, name);
        if (!found) return bodies;
        for (auto const& message : store->messages(found->id))
            bodies.emplace_back(maild::mailbox::WholeMessage(*store->open(message.body)).bytes());
        return bodies;
    }
    mailbox::Flags flags(mailbox::AccountId account, std::string const& name = "INBOX")
    {
        return store->messages(store->find(account, name)->id).back().flags;
    }
};

constexpr mailbox::AccountId ali = 1, budi = 2, guru1 = 3;
std::string const usual =
    "From: Guru <guru1@school.example>\r\nTo: budi@school.example\r\nSubject: Tugas =?utf-8?Q?Matem=C3=A1tika?=\r\n"
    "Message-ID: <satu@school.example>\r\n";
} // namespace

TEST_CASE("a filter puts a mail into its folder, with label, star and read", "[queue][rules]")
{
    Place place;
    place.filter(budi, {{What::subject, "", How::contains, "MATEM\xC3\x81TIKA"}},
                 {{Action::What::move, "Pelajaran/Tugas"},
                  {Action::What::label, "$Penting"},
                  {Action::What::star, ""},
                  {Action::What::read, ""}});
    place.send(usual);
    place.send("From: guru1@school.example\r\nSubject: lain\r\n");
    CHECK(place.mails(budi, "Pelajaran/Tugas").size() == 1);
    CHECK(place.mails(budi).size() == 1);
    auto const flags = place.flags(budi, "Pelajaran/Tugas");
    CHECK(flags.system == (mailbox::flag_flagged | mailbox::flag_seen));
    CHECK(flags.keywords == std::vector<std::string>{"$Penting"});
}

TEST_CASE("the conditions mean what their words say", "[queue][rules]")
{
    struct {
        Condition condition;
        bool fits;
    } const cases[] = {
        {{What::from, "", How::contains, "guru"}, true},
        {{What::from, "", How::is, "GURU1@school.example"}, true},
        {{What::from, "", How::is, "guru1"}, false},
        {{What::from, "", How::lacks, "guru"}, false},
        {{What::to, "", How::is, "budi@school.example"}, true},
        {{What::subject, "", How::begins, "tugas"}, true},
        {{What::subject, "", How::ends, "tugas"}, false},
        {{What::subject, "", How::is, "tugas matem\xC3\xA1tika"}, true},
        {{What::list, "", How::contains, "x"}, false},
        {{What::list, "", How::lacks, "x"}, true},
        {{What::header, "message-id", How::contains, "satu"}, true},
        {{What::size, "", How::above, "10"}, true},
        {{What::size, "", How::below, "10"}, false},
        {{What::attachment, "", How::is, ""}, false},
        {{What::attachment, "", How::lacks, ""}, true},
    };
    for (auto const& [condition, fits] : cases) {
        INFO(directory::show(condition.what) << ' ' << directory::show(condition.how) << ' ' << condition.value);
        Place place;
        place.filter(budi, {condition}, {{Action::What::move, "Ada"}});
        place.send(usual);
        CHECK(place.mails(budi, "Ada").size() == (fits ? 1 : 0));
    }
}

TEST_CASE("filters add up in their order until one stops", "[queue][rules]")
{
    Place place;
    Condition const any{What::subject, "", How::contains, "tugas"};
    place.filter(budi, {any}, {{Action::What::move, "Satu"}});
    place.filter(budi, {any}, {{Action::What::move, "Dua"}, {Action::What::star, ""}});
    place.rules.all[budi].back().stops = true;
    place.filter(budi, {any}, {{Action::What::move, "Tiga"}});
    place.send(usual);
    CHECK(place.mails(budi, "Dua").size() == 1);
    CHECK(place.flags(budi, "Dua").system == mailbox::flag_flagged);
    place.rules.all[budi][1].enabled = false;
    ++place.rules.changes;
    place.send(usual);
    CHECK(place.mails(budi, "Tiga").size() == 1);
}

TEST_CASE("an impossible folder means the inbox, and others get their mail as always", "[queue][rules]")
{
    Place place;
    place.filter(budi, {{What::subject, "", How::contains, "tugas"}}, {{Action::What::move, "a//b\x01"}});
    place.send(usual, "x-tkj-1@school.example");
    CHECK(place.mails(budi).size() == 1);
    CHECK(place.mails(ali).size() == 1);
}

TEST_CASE("a copy goes on, and a circle of copies ends", "[queue][rules]")
{
    Place place;
    Condition const any{What::subject, "", How::contains, "tugas"};
    place.filter(budi, {any}, {{Action::What::copy, "ali@school.example"}});
    place.filter(ali, {any}, {{Action::What::copy, "budi@school.example"}});
    place.send(usual);
    REQUIRE(place.mails(ali).size() == 1);
    CHECK(has(place.mails(ali).front(), "Delivered-To: budi@school.example\r\n"));
    CHECK(place.mails(ali).front().starts_with("Return-Path: <budi@school.example>\r\n"));
    CHECK(place.mails(budi).size() == 2); // his own, and Ali's copy, which goes no further
}

TEST_CASE("copies leave the school only as the setting allows", "[queue][rules]")
{
    Place place;
    place.filter(budi, {{What::subject, "", How::contains, "tugas"}}, {{Action::What::copy, "budi@far.example"}});
    place.send(usual);
    CHECK(place.spool->counts().messages == 0); // a pupil
    place.school.settings["mail.forwarding"] = "everybody";
    place.send(usual);
    CHECK(place.spool->counts().messages == 1);
    place.school.offline = true;
    place.send(usual);
    CHECK(place.spool->counts().messages == 1);
}

TEST_CASE("who is away answers once (RFC 3834)", "[queue][rules]")
{
    Place place;
    place.vacation(budi);
    place.send(usual);
    place.send(usual);
    REQUIRE(place.mails(guru1).size() == 1);
    auto const answer = place.mails(guru1).front();
    CHECK(answer.starts_with("Return-Path: <>\r\n"));
    CHECK(has(answer, "Auto-Submitted: auto-replied"));
    CHECK(has(answer, "In-Reply-To: <satu@school.example>\r\n"));
    CHECK(has(answer, "To: guru1@school.example\r\n"));
    CHECK(has(answer, "Saya sedang cuti."));
    CHECK(place.mails(budi).size() == 2);
    place.clock.time += base::Timestamp{8} * 24 * 3600 * 1000000;
    place.send(usual);
    CHECK(place.mails(guru1).size() == 2);
}

TEST_CASE("nothing automatic, no list, no stranger and no forged sender is answered", "[queue][rules]")
{
    Place place;
    place.vacation(budi);
    place.vacation(guru1);
    for (auto const* field : {"Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\n",
                              "List-Id: <x.example>\r\n", "X-Auto-Response-Suppress: All\r\n"})
        place.send(usual + field);
    place.send("From: guru1@school.example\r\nTo: x-tkj-1@school.example\r\nSubject: x\r\n",
               "x-tkj-1@school.example");
    place.send("From: guru1@school.example\r\nTo: lain@school.example\r\nSubject: x\r\n"); // Bcc
    place.send(usual, "budi@school.example", {.sender = "", .sender_verified = true});
    place.send(usual, "budi@school.example", {.sender = "x@far.example", .sender_verified = true});
    place.send(usual, "budi@school.example", {.sender = "guru1@school.example"});
    CHECK(place.mails(guru1).empty());
    CHECK(place.spool->counts().messages == 0);

    place.send("From: ali@school.example\r\nTo: info@school.example\r\nSubject: x\r\n", "info@school.example",
               {.sender = "ali@school.example", .login = "ali", .sender_verified = true});
    CHECK(place.mails(ali).size() == 2); // that of the class and his own: an alias of several is a list

    place.vacation(budi, false);
    place.send(usual, "budi@school.example", {.sender = "x@far.example", .sender_verified = true});
    CHECK(place.spool->counts().messages == 1); // waits for far.example
    place.send(usual);                          // two who are away answer each other at most once
    CHECK(place.mails(guru1).size() == 1);
    CHECK(place.mails(budi).size() == 12);
}

TEST_CASE("an answer does not get lost or double when the settlement is done again", "[queue][rules]")
{
    Place place;
    place.vacation(budi);
    auto body = place.spool->begin();
    body.add_return_path("guru1@school.example");
    body.append(usual + "\r\nHalo\r\n");
    place.spool->commit(body, {.sender = "guru1@school.example", .login = "guru1"}, {{"budi@school.example"}});
    auto const due = place.spool->due(place.clock.time + 1, 1);
    place.store->deliver({{{due[0].body.bytes, "", due[0].body.head},
                           due[0].received,
                           {{.account = budi, .quota = 0, .key = queue::show(due[0].id) + "/2"}}}}); // then: kill -9
    place.clock.time += 1000;
    while (place.local->run() > 0) place.clock.time += 1000;
    CHECK(place.mails(budi).size() == 1);
    CHECK(place.mails(guru1).size() == 1);
}
