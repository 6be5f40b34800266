// Who is served when: classes, priorities, turns, bulk, deadlines, destinations that do not answer; and that none of
// it reads the whole queue.

#include "appliance/db/database.h"
#include "maild/queue/destination_pace.h"
#include "maild/queue/relay_table.h"
#include "maild/queue/spool.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

#include <chrono>
#include <filesystem>
#include <sys/stat.h>

using namespace maild::queue;
using support::has;

namespace
{
constexpr base::Timestamp minute = 60'000'000;

struct Place {
    support::TempFolder folder;
    support::FixedClock clock;
    std::unique_ptr<Spool> spool = make_sql_spool(folder / "spool", clock);

    struct Mail {
        std::string login = "ali";
        std::vector<std::string> to = {"x@far.example"};
        int priority = 0;
        MailClass mail_class = MailClass::standard;
        base::Timestamp deadline = 0;
        Settlement::BulkRule bulk = {};
    };
    /// A message that waits for the domains of its recipients.
    MessageId send(Mail const& mail)
    {
        auto body = spool->begin();
        body.append("hai\r\n");
        spool->commit(body, {.sender = mail.login + "@s", .login = mail.login, .priority = mail.priority}, {{"a@s"}});
        Settlement settlement;
        settlement.done.push_back({body.id(), 1});
        settlement.bulk = mail.bulk;
        for (auto const& address : mail.to)
            settlement.onward.push_back(
                {body.id(), {address}, address.substr(address.find('@') + 1), mail.mail_class, mail.deadline});
        spool->settle(settlement);
        clock.time += 1000;
        return body.id();
    }
    std::vector<std::string> logins(std::size_t most, Turn const& turn = {})
    {
        std::vector<std::string> logins;
        for (auto const& message : spool->due_for("far.example", clock.time, most, turn))
            logins.push_back(message.envelope.login);
        return logins;
    }
};
using Logins = std::vector<std::string>;
} // namespace

TEST_CASE("senders are served in turn: 50 mails of one hold up nobody else's one", "[queue][order]")
{
    Place place;
    for (int i = 0; i < 50; ++i) place.send({.login = "guru1"});
    place.send({.login = "budi"});
    place.send({.login = "zaki"});
    CHECK(place.logins(4) == Logins{"budi", "guru1", "zaki", "guru1"});
    CHECK(place.logins(4, {.after = "budi"}) == Logins{"guru1", "zaki", "budi", "guru1"});
    CHECK(place.logins(100).size() == 52);
}

TEST_CASE("what is in work is not given again", "[queue][order]")
{
    Place place;
    auto const first = place.send({});
    place.send({.login = "budi"});
    CHECK(place.logins(10, {.in_work = {first}}) == Logins{"budi"});
}

TEST_CASE("classes go in order, and in them priorities (RFC 6710)", "[queue][order]")
{
    Place place;
    place.send({.login = "massa", .priority = 9, .mail_class = MailClass::bulk});
    place.send({.login = "ali"});
    place.send({.login = "penting", .priority = 4});
    place.send({.login = "guru1", .mail_class = MailClass::premium});
    CHECK(place.logins(10) == Logins{"guru1", "penting", "ali", "massa"});
    CHECK(place.logins(10, {.only = MailClass::bulk}) == Logins{"massa"});
    CHECK(place.spool->counts().by_class[2] == 1);
}

TEST_CASE("what is to be delivered here goes by priority, and waits for its release (RFC 4865)", "[queue][order]")
{
    Place place;
    auto const put = [&](Envelope const& envelope) {
        auto body = place.spool->begin();
        body.append("hai");
        place.spool->commit(body, envelope, {{"budi@s"}});
        place.clock.time += 1000;
        return body.id();
    };
    auto const usual = put({.sender = "a@s"});
    auto const urgent = put({.sender = "a@s", .priority = 3});
    auto const later = put({.sender = "a@s", .priority = 9, .release = place.clock.time + minute});
    auto due = place.spool->due(place.clock.time, 10);
    REQUIRE(due.size() == 2);
    CHECK(due[0].id == urgent);
    CHECK(due[1].id == usual);
    due = place.spool->due(place.clock.time + 2 * minute, 1);
    REQUIRE(due.size() == 1);
    CHECK(due[0].id == later);
}

TEST_CASE("who sends masses is moved to bulk by himself, and back when he calms down", "[queue][order]")
{
    Place place;
    Settlement::BulkRule const rule{3, std::chrono::hours(1), {"kepsek"}};
    auto const class_of_next = [&](std::string const& login) {
        auto const id = place.send({.login = login, .bulk = rule});
        return place.spool->find(id)->recipients.at(0).mail_class;
    };
    for (int i = 0; i < 3; ++i) CHECK(class_of_next("ali") == MailClass::standard);
    CHECK(class_of_next("ali") == MailClass::bulk);
    CHECK(class_of_next("budi") == MailClass::standard);
    for (int i = 0; i < 6; ++i) CHECK(class_of_next("kepsek") == MailClass::standard); // a person has chosen
    place.clock.time += 62 * minute; // the window slides: nearly all of the 4 still count
    CHECK(class_of_next("ali") == MailClass::bulk);
    place.clock.time += 121 * minute;
    CHECK(class_of_next("ali") == MailClass::standard);
}

TEST_CASE("a destination that does not answer rests with all its mail, and wakes", "[queue][order]")
{
    Place place;
    auto const id = place.send({});
    place.send({.to = {"x@near.example"}});
    place.spool->rest({"far.example"}, place.clock.time + minute, 3, "nobody");
    CHECK(place.spool->due_destinations(place.clock.time, 10) == Logins{"near.example"});
    REQUIRE(place.spool->resting("far.example"));
    CHECK(place.spool->resting("far.example")->failures == 3);
    place.send({}); // new mail does not wake it
    CHECK(place.spool->due_destinations(place.clock.time, 10) == Logins{"near.example"});
    CHECK(place.spool->due_destinations(place.clock.time + minute, 10).size() == 2);
    place.spool->retry({id}); // a person does
    CHECK(place.spool->due_destinations(place.clock.time, 10).size() == 2);
    CHECK_FALSE(place.spool->resting("far.example"));
    place.spool->rest({"near.example"}, place.clock.time + minute, 1, "nobody"); // deleted with its last mail
    place.spool->remove({place.spool->list(10, 0, {.to_domain = "near.example", .from = {}}).at(0).id});
    CHECK_FALSE(place.spool->resting("near.example"));
}

TEST_CASE("late is what waits past its deadline, not what is due; giving up comes always", "[queue][order]")
{
    Place place;
    auto const id = place.send({.deadline = place.clock.time + minute});
    place.clock.time += 2 * minute;
    CHECK(place.spool->late(place.clock.time, 10).empty()); // it is tried first
    place.spool->rest({"far.example"}, place.clock.time + minute, 1, "nobody");
    auto const late = place.spool->late(place.clock.time, 10);
    REQUIRE(late.size() == 1);
    CHECK(late[0].recipients[0].last_reply == "nobody");
    place.spool->rest({"far.example"}, place.clock.time + minute, 0, "offline"); // then nothing expires
    CHECK(place.spool->late(place.clock.time, 10).empty());
    CHECK(place.spool->expire({id}) == 1);
    CHECK(place.spool->late(place.clock.time, 10).size() == 1);
    CHECK(place.spool->due_for("far.example", place.clock.time + minute, 10).empty());
    Settlement settlement; // what was in work at that moment ends as deferred: it stays given up
    settlement.later.push_back({.message = id, .number = 2, .next_try = place.clock.time, .deadline = 77});
    place.spool->settle(settlement);
    CHECK(place.spool->late(place.clock.time, 10).size() == 1);
}

TEST_CASE("messages are chosen by destination, sender or login", "[queue][order]")
{
    Place place;
    place.send({});
    place.send({.login = "budi", .to = {"x@near.example", "y@far.example"}});
    CHECK(place.spool->list(10).size() == 2);
    CHECK(place.spool->list(10, 0, {.to_domain = "near.example", .from = {}}).size() == 1);
    CHECK(place.spool->list(10, 0, {.to_domain = "far.example", .from = "budi"}).size() == 1);
    CHECK(place.spool->list(10, 0, {.to_domain = {}, .from = "ali@s"}).size() == 1);
    CHECK(place.spool->list(10, 0, {.to_domain = {}, .from = "siti"}).empty());
}

TEST_CASE("connections grow with success and shrink with failure; bulk gets a share", "[queue][pace]")
{
    DestinationPace pace;
    for (int i = 0; i < 2; ++i) {
        REQUIRE(pace.has_room(5));
        pace.begin(MailClass::standard);
    }
    CHECK_FALSE(pace.has_room(5));
    pace.ended_well(MailClass::standard, 5);
    pace.ended_well(MailClass::standard, 5);
    CHECK(pace.limit() == 3);
    for (int i = 0; i < 40; ++i) {
        pace.begin(MailClass::premium);
        pace.ended_well(MailClass::premium, 5);
    }
    CHECK(pace.limit() == 5);
    pace.begin(MailClass::bulk);
    pace.begin(MailClass::bulk);
    CHECK(pace.has_room(5));
    CHECK_FALSE(pace.has_room_for_bulk(5));
    pace.ended_busy(MailClass::bulk);
    CHECK(pace.limit() == 2);
    pace.ended_dead(MailClass::bulk);
    CHECK(pace.limit() == 1);
    CHECK(pace.active() == 0);
    int bulk_first = 0;
    for (int i = 0; i < 80; ++i) {
        if (pace.next_class() == MailClass::bulk) ++bulk_first;
        pace.begin(MailClass::standard);
        pace.ended_well(MailClass::standard, 5);
    }
    CHECK(bulk_first == 10);
}

TEST_CASE("the closest route counts, and what is written comes back, for its owner alone", "[queue][route]")
{
    support::TempFolder folder;
    using maild::remote::TlsRule;
    Relay smart{Relay::Way::servers, {{"smtp.isp.id"}, 587, TlsRule::verified, {}, {{"sekolah", "r:ah asia"}}}, {}};
    Relays const relays = {{"default", smart},
                           {"*.sch.id", {Relay::Way::by_mx, {}, {}}},
                           {"*.kelas.sch.id", {Relay::Way::offline, {}, {}}},
                           {"sub.sch.id", {Relay::Way::by_mx, {}, "other.example"}}};
    auto const path = folder / "mail-secrets/routes";
    write_relays(path, relays).value();
    struct stat status {
    };
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    RelayTable table(path);
    CHECK(table.find("gmail.com").hop("gmail.com") == "smtp.isp.id:587");
    CHECK(table.find("gmail.com").route.credentials->password == "r:ah asia");
    CHECK(table.find("a.sch.id").way == Relay::Way::by_mx);
    CHECK(table.find("x.kelas.sch.id").way == Relay::Way::offline);
    CHECK(table.find("sub.sch.id").hop("sub.sch.id") == "other.example");
    CHECK(table.find("sch.id").hop("sch.id") == "smtp.isp.id:587"); // "*." is what is below
    write_relays(path, {}).value();
    CHECK(table.find("gmail.com").hop("gmail.com") == "gmail.com");
    std::filesystem::remove(path);
    CHECK(table.find("gmail.com").way == Relay::Way::by_mx);
    CHECK(parse_relays("half\tof\na\tservers\th\t99999\tnever\tstarttls\t\t\n").empty());
}

namespace
{
/// How SQLite finds the rows.
std::string plan_of(db::Database& database, std::string_view sql)
{
    return database.read([&](db::Reader& reader) {
        std::string plan;
        auto rows = reader.query(sql);
        while (auto const row = rows.next()) plan += row->text(3) + "\n";
        return plan;
    });
}
} // namespace

TEST_CASE("every question of the queue has an index", "[queue][order][plan]")
{
    Place place;
    db::Database database({place.folder / "spool/spool.db", "spool", db::Mode::read_write});
    std::pair<char const*, char const*> const questions[] = {
        {"EXPLAIN QUERY PLAN SELECT MIN(rank) FROM recipient WHERE state = 0 AND rank > 0", "recipient_incoming"},
        {"EXPLAIN QUERY PLAN SELECT message_id FROM recipient WHERE state = 0 AND rank = 0 AND next_try <= 9 ORDER "
         "BY next_try, "
         "message_id",
         "recipient_incoming"},
        {"EXPLAIN QUERY PLAN SELECT destination FROM destination WHERE ready <= 9 ORDER BY ready LIMIT 9",
         "destination_ready"},
        {"EXPLAIN QUERY PLAN SELECT MIN(rank) FROM recipient WHERE state = 1 AND destination = 'a' AND class = 1",
         "recipient_turn"},
        {"EXPLAIN QUERY PLAN SELECT origin FROM recipient WHERE state = 1 AND destination = 'a' AND class = 1 AND "
         "rank = 0 AND "
         "origin > 'a' AND next_try <= 9 ORDER BY origin LIMIT 1",
         "recipient_turn"},
        {"EXPLAIN QUERY PLAN SELECT message_id FROM recipient WHERE state = 1 AND destination = 'a' AND class = 1 "
         "AND rank = 0 AND "
         "origin = 'a' AND next_try <= 9 ORDER BY next_try, message_id",
         "recipient_turn"},
        {"EXPLAIN QUERY PLAN SELECT MIN(next_try) FROM recipient WHERE state = 1 AND destination = 'a'",
         "recipient_next"},
        {"EXPLAIN QUERY PLAN SELECT message_id FROM recipient WHERE state = 1 AND deadline > 0 AND deadline <= 9 "
         "ORDER BY deadline",
         "recipient_late"},
        {"EXPLAIN QUERY PLAN SELECT COUNT(*) FROM recipient WHERE state = 2", "recipient_held"},
        {"EXPLAIN QUERY PLAN SELECT COUNT(*) FROM message", "message_received"},
        {"EXPLAIN QUERY PLAN UPDATE recipient SET next_try = 1 WHERE message_id = 1 AND number = 1", "PRIMARY KEY"}};
    for (auto const& [question, index] : questions) {
        auto const plan = plan_of(database, question);
        INFO(question << "\n" << plan);
        CHECK(has(plan, index));
        CHECK_FALSE(has(plan, "TEMP B-TREE"));
    }
}
