// The contract of Spool, on SQLite in a temporary folder.

#include "appliance/base/error.h"
#include "maild/limits.h"
#include "maild/queue/spool.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <set>

using namespace maild::queue;

namespace
{
struct Place {
    support::TempFolder folder;
    support::FixedClock clock;
    std::unique_ptr<Spool> spool = make_sql_spool(folder / "spool", clock);

    MessageId put(std::string const& text, std::vector<std::string> const& recipients, std::string sender = "a@b.c")
    {
        auto body = spool->begin();
        body.add_return_path(sender);
        body.append(text);
        std::vector<NewRecipient> to;
        for (auto const& address : recipients) to.push_back({address, "rfc822;" + address, notify_failure});
        spool->commit(
            body, {.sender = std::move(sender), .login = "ali", .envelope_id = "Q1", .returns = Returns::full}, to);
        clock.time += 1000;
        return body.id();
    }
    std::size_t body_files() const
    {
        std::size_t count = 0;
        for ([[maybe_unused]] auto const& entry : std::filesystem::directory_iterator(folder / "spool/body")) ++count;
        return count;
    }
};
} // namespace

TEST_CASE("a committed message comes back as it went, also after a restart", "[queue][spool]")
{
    Place place;
    auto const id = place.put("hai\r\n", {"budi@s", "x@far"});
    place.spool.reset();
    place.spool = make_sql_spool(place.folder / "spool", place.clock);
    auto const due = place.spool->due(place.clock.time, 10);
    REQUIRE(due.size() == 1);
    auto const& message = due.front();
    CHECK(message.id == id);
    CHECK(message.envelope.sender == "a@b.c");
    CHECK(message.envelope.login == "ali");
    CHECK(message.envelope.envelope_id == "Q1");
    CHECK(message.envelope.returns == Returns::full);
    CHECK(message.body.read(0, 100) == "Return-Path: <a@b.c>\r\nhai\r\n");
    CHECK(message.body.read(message.return_path, 100) == "hai\r\n");
    CHECK(message.size == message.body.head.size() + message.body.bytes.size());
    REQUIRE(message.recipients.size() == 2);
    CHECK(message.recipients[1].address == "x@far");
    CHECK(message.recipients[1].original == "rfc822;x@far");
    CHECK(message.recipients[1].notify == notify_failure);
}

TEST_CASE("a big body is a file that goes with its message", "[queue][spool]")
{
    Place place;
    std::string const big(maild::limits::inline_body * 5, 'x');
    auto const id = place.put(big, {"budi@s"});
    CHECK(place.body_files() == 1);
    auto const message = place.spool->find(id);
    REQUIRE(message);
    CHECK(message->body.bytes.empty());
    CHECK(message->body.read(message->return_path, big.size() + 10) == big);
    CHECK(place.spool->remove({id}) == 1);
    CHECK(place.body_files() == 0);
    CHECK(place.spool->remove({id}) == 0);
}

TEST_CASE("a body that is not committed leaves nothing behind", "[queue][spool]")
{
    Place place;
    {
        auto body = place.spool->begin();
        body.append(std::string(maild::limits::inline_body * 5, 'x'));
        CHECK(place.body_files() == 1);
    }
    CHECK(place.body_files() == 0);
}

TEST_CASE("what goes wrong while a body is written is thrown by commit, not by append", "[queue][spool]")
{
    Place place;
    auto body = place.spool->begin();
    std::filesystem::remove_all(place.folder / "spool/body");
    body.append(std::string(maild::limits::inline_body * 5, 'x'));
    body.append("more");
    CHECK(body.has_failed());
    CHECK_THROWS_AS(place.spool->commit(body, {}, {{"budi@s"}}), base::StoreError);
    CHECK(place.spool->counts().messages == 0);
}

TEST_CASE("settling is one commit: done, later, onward and reports", "[queue][spool]")
{
    Place place;
    auto const id = place.put("hai\r\n", {"one@s", "two@s", "three@s"});
    Settlement settlement;
    settlement.done.push_back({id, 1});
    settlement.later.push_back(
        {.message = id, .number = 2, .next_try = place.clock.time + 5000, .attempts = 1, .reply = "later"});
    settlement.done.push_back({id, 3});
    settlement.onward.push_back({id, {"x@far", "rfc822;three@s"}, "far"});
    auto report = place.spool->begin();
    report.append("report\r\n");
    settlement.reports.push_back({std::move(report), {}, {{"a@b.c"}}});
    place.spool->settle(settlement);

    auto const message = place.spool->find(id);
    REQUIRE(message);
    REQUIRE(message->recipients.size() == 2);
    CHECK(message->recipients[0].attempts == 1);
    CHECK(message->recipients[0].last_reply == "later");
    CHECK(message->recipients[1].state == State::remote);
    CHECK(message->recipients[1].address == "x@far");
    auto const due = place.spool->due(place.clock.time, 10);
    REQUIRE(due.size() == 1);
    CHECK(due.front().body.bytes == "report\r\n");
    CHECK(place.spool->due_destinations(place.clock.time, 10) == std::vector<std::string>{"far"});
    CHECK(place.spool->due(place.clock.time + 6000, 10).size() == 2);
}

TEST_CASE("the last settled recipient takes the message with it", "[queue][spool]")
{
    Place place;
    auto const id = place.put(std::string(200'000, 'x'), {"one@s"});
    Settlement settlement;
    settlement.done.push_back({id, 1});
    place.spool->settle(settlement);
    CHECK_FALSE(place.spool->find(id));
    CHECK(place.spool->counts().messages == 0);
    CHECK(place.body_files() == 0);
}

TEST_CASE("messages come in order of arrival and by destination", "[queue][spool]")
{
    Place place;
    auto const first = place.put("1", {"a@s"});
    auto const second = place.put("2", {"b@s"});
    CHECK(place.spool->due(place.clock.time, 1).front().id == first);
    Settlement settlement;
    for (auto const id : {first, second}) {
        settlement.done.push_back({id, 1});
        settlement.onward.push_back({id, {"x@far"}, "far"});
    }
    place.spool->settle(settlement);
    CHECK(place.spool->due(place.clock.time, 10).empty());
    CHECK(place.spool->due_for("far", place.clock.time, 10).size() == 2);
    CHECK(place.spool->due_for("near", place.clock.time, 10).empty());
    place.spool->rest({"far"}, place.clock.time + 1000, 1, "nobody");
    CHECK(place.spool->due_destinations(place.clock.time, 10).empty());
    CHECK(place.spool->due_destinations(place.clock.time + 1000, 10).size() == 1);
}

TEST_CASE("people hold, retry and remove messages", "[queue][spool]")
{
    Place place;
    auto const id = place.put("hai", {"a@s", "b@s"});
    CHECK(place.spool->hold({id}) == 1);
    CHECK(place.spool->due(place.clock.time + 1'000'000, 10).empty());
    CHECK(place.spool->counts().held == 2);
    CHECK(place.spool->retry({id}) == 1);
    CHECK(place.spool->due(place.clock.time, 10).size() == 1);
    auto const list = place.spool->list(10);
    REQUIRE(list.size() == 1);
    CHECK(list.front().recipients.size() == 2);
    CHECK(list.front().body.bytes.empty());
    CHECK(place.spool->list(10, id).empty());
    CHECK(place.spool->hold({id + 1}) == 0);
}

TEST_CASE("rooms are published, changed and taken back", "[queue][spool]")
{
    Place place;
    CHECK_FALSE(place.spool->room(7));
    place.spool->publish_room(7, 100);
    place.spool->publish_room(7, -5);
    CHECK(place.spool->room(7) == -5);
    CHECK(place.spool->rooms().size() == 1);
    place.spool->publish_room(7, std::nullopt);
    CHECK_FALSE(place.spool->room(7));
}

TEST_CASE("two processes write the spool at the same time and lose nothing", "[queue][spool]")
{
    Place place;
    auto const other = make_sql_spool(place.folder / "spool");
    auto const write = [](Spool& spool) {
        for (int i = 0; i < 50; ++i) {
            auto body = spool.begin();
            body.append("hai");
            spool.commit(body, {}, {{"budi@s"}});
        }
    };
    std::thread one([&] { write(*other); });
    auto const second = make_sql_spool(place.folder / "spool");
    write(*second);
    one.join();
    CHECK(place.spool->counts().messages == 100);
}

TEST_CASE("message ids are 13 characters, in order, and come back", "[queue][spool]")
{
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        auto const id = new_message_id(1'795'300'000'000'000 + i);
        CHECK(parse_message_id(show(id)) == id);
        if (!seen.empty()) CHECK(show(id) > *seen.rbegin());
        seen.insert(show(id));
    }
    for (auto const* text : {"", "0", "zzzzzzzzzzzzz", "../../../etc/", "00000000000000"})
        CHECK_FALSE(parse_message_id(text));
}

TEST_CASE("a held message goes back to its destination, not through routing again", "[queue][spool]")
{
    Place place;
    auto const id = place.put("hai", {"x@far"});
    Settlement settlement;
    settlement.done.push_back({id, 1});
    settlement.onward.push_back({id, {"x@far"}, "far"});
    place.spool->settle(settlement);
    CHECK(place.spool->hold({id}) == 1);
    place.spool->look_later("far");
    CHECK(place.spool->due_destinations(place.clock.time, 10).empty());
    CHECK(place.spool->retry({id}) == 1);
    CHECK(place.spool->due_destinations(place.clock.time, 10) == std::vector<std::string>{"far"});
    CHECK(place.spool->due(place.clock.time, 10).empty());
}

TEST_CASE("message ids of one moment are all different", "[queue][spool]")
{
    std::set<maild::queue::MessageId> ids;
    for (int i = 0; i < 3000; ++i) ids.insert(maild::queue::new_message_id(1795300000000000));
    CHECK(ids.size() == 3000);
}

TEST_CASE("a mail that waits for its release is listed and taken back by its writer only", "[queue][spool]")
{
    Place place;
    constexpr base::Timestamp minute = 60'000'000;
    auto const put = [&](std::string const& text, std::string const& header_id) {
        auto body = place.spool->begin();
        body.append(text);
        Envelope envelope{.sender = "a@b.c", .login = "ali", .release = place.clock.time + minute};
        envelope.arrival.header_id = header_id;
        place.spool->commit(body, envelope, {{"x@y.z"}, {"budi@b.c"}});
        return body.id();
    };
    auto const small = put("small", "<1@b.c>");
    place.clock.time += 1000;
    auto const big = put(std::string(300'000, 'x'), "<2@b.c>");
    auto const waiting = place.spool->waiting("ali", 10);
    REQUIRE(waiting.size() == 2);
    CHECK((waiting[0].id == small && waiting[0].header_id == "<1@b.c>" && waiting[1].id == big));
    CHECK(place.spool->waiting("budi", 10).empty());
    CHECK(place.spool->waiting("ali", 1).size() == 1);

    CHECK_FALSE(place.spool->take_back(big, "budi"));
    CHECK_FALSE(place.spool->take_back(big + 1, "ali"));
    CHECK(place.body_files() == 1);
    CHECK(place.spool->take_back(big, "ali"));
    CHECK(place.body_files() == 0);
    CHECK(place.spool->take_back(big, "ali")); // whoever lost the answer asks again
    CHECK_FALSE(place.spool->take_back(big, "budi"));
    CHECK(place.spool->waiting("ali", 10).size() == 1);

    place.clock.time += 2 * minute;
    CHECK(place.spool->waiting("ali", 10).empty());
    CHECK_FALSE(place.spool->take_back(small, "ali"));
    CHECK(place.spool->due(place.clock.time, 10).size() == 1);
}

TEST_CASE("a mail that somebody has already tried to send is not taken back", "[queue][spool]")
{
    Place place;
    auto body = place.spool->begin();
    body.append("x");
    place.spool->commit(body, {.sender = "a@b.c", .login = "ali", .release = place.clock.time + 60'000'000},
                        {{"x@y.z"}});
    CHECK(place.spool->retry({body.id()}) == 1);
    CHECK_FALSE(place.spool->take_back(body.id(), "ali"));
    CHECK(place.spool->due(place.clock.time, 10).size() == 1);
}
