// The box's own disk is full: no mail waits longer than until there is room, and nobody else is blamed.

#include "maild/limits.h"
#include "maild/mailbox/forwarding_store.h"
#include "maild/queue/local.h"
#include "maild/queue/queue.h"
#include "maild/queue/sql_spool.h"
#include "maild/queue/trace_reader.h"
#include "tests/maild/scripted_server.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

using namespace maild;
using support::has;

namespace
{
/// Has no room for mail with these words.
class FullStore final : public mailbox::ForwardingStore
{
public:
    explicit FullStore(MailStore& real) : ForwardingStore(real) {}
    std::string words;

    std::vector<std::vector<mailbox::Delivered>> deliver(std::vector<mailbox::Delivery> const& deliveries) override
    {
        for (auto const& delivery : deliveries)
            if (!words.empty() && has(delivery.body.bytes, words))
                throw base::StoreError(base::StoreFault::full, "made to be full");
        return ForwardingStore::deliver(deliveries);
    }
};

/// Cannot note what became of mail, and says when something has become of it all the same.
class FullSpool final : public queue::SqlSpool
{
public:
    using SqlSpool::SqlSpool;
    bool full = false;

    void settle(queue::Settlement& settlement) override
    {
        if (full && !settlement.done.empty()) throw base::StoreError(base::StoreFault::full, "made to be full");
        SqlSpool::settle(settlement);
        change();
    }
    void rest(std::vector<std::string> const& destinations, base::Timestamp until, unsigned failures,
              std::string_view reply) override
    {
        SqlSpool::rest(destinations, until, failures, reply);
        change();
    }
    bool comes_true(std::function<bool()> const& condition)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(15), condition);
    }

private:
    void change()
    {
        std::lock_guard const lock(mutex_);
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
};

struct Place {
    support::TempFolder folder;
    support::FixedClock clock;
    support::SmallSchool school;
    config::Config config;
    FullSpool spool{folder / "spool", clock};
    std::unique_ptr<mailbox::MailStore> real_store = mailbox::make_sql_mail_store(folder / "mail");
    FullStore store{*real_store};
    support::ScriptedServer server;
    queue::Context context{school, spool, store, config, clock};

    Place() { base::set_log_level(base::Level::error); }

    void put(std::string const& text, std::string const& to)
    {
        auto body = spool.begin();
        body.add_return_path("guru1@school.example");
        body.append(text);
        spool.commit(body, {.sender = "guru1@school.example", .sender_verified = true}, {{to}});
    }
    queue::Message waiting() { return spool.list(1, 0, {}).at(0); }
    /// A queue of its own works until `condition()`; then it has ended.
    void work_until(std::function<bool()> const& condition)
    {
        queue::Queue whole(context, {}, std::make_unique<support::FixedLookup>(server.port));
        whole.start();
        REQUIRE(spool.comes_true(condition));
    }
};
} // namespace

TEST_CASE("a mail for which there was no room comes as soon as there is, and that was no attempt", "[queue][full]")
{
    Place place;
    queue::QuotaWatch quotas(place.school, place.store, place.spool);
    queue::LocalDelivery local(place.context, quotas);
    place.put("Subject: besar\r\n\r\n", "ali@school.example");
    place.put("Subject: kecil\r\n\r\n", "ali@school.example");
    place.store.words = "besar";
    CHECK(local.run() == 2);
    REQUIRE(place.spool.counts().messages == 1);
    CHECK(place.waiting().recipients.at(0).attempts == 0);
    CHECK(place.waiting().recipients.at(0).last_reply == "the box's disk is full");
    CHECK(local.run() == 0); // not in a circle meanwhile

    place.clock.time += limits::no_room_wait.count();
    place.put("Subject: kecil\r\n\r\n", "ali@school.example");
    CHECK(local.run() == 2);
    auto const reader = queue::make_trace_reader(place.school, place.folder / "spool", place.folder / "mail");
    auto const traced = reader->find({.id = queue::show(place.waiting().id)}).messages.at(0);
    CHECK(std::ranges::count(traced.lines, queue::TraceKind::deferred, &queue::TraceLine::kind) ==
          1); // not each time

    place.store.words = "";
    place.clock.time += limits::no_room_wait.count();
    CHECK(local.run() == 1);
    CHECK(place.spool.counts().messages == 0);
    CHECK(place.store.find(1, "INBOX")->messages == 3);
}

TEST_CASE("what another server took when the disk was full keeps no mail for it waiting", "[queue][full]")
{
    Place place;
    place.put("Subject: hai\r\n\r\n", "x@far.example");
    queue::QuotaWatch quotas(place.school, place.store, place.spool);
    queue::LocalDelivery(place.context, quotas).run();
    REQUIRE(place.spool.counts().remote == 1);
    place.spool.full = true;
    place.work_until([&] { return place.spool.resting("far.example").has_value(); });
    auto const resting = *place.spool.resting("far.example");
    CHECK(resting.failures == 0);
    CHECK(resting.until == place.clock.time + limits::no_room_wait.count());
    CHECK(resting.reply == "the box's disk is full");

    place.spool.full = false;
    place.clock.time = resting.until;
    place.work_until([&] { return place.spool.counts().messages == 0; });
}
