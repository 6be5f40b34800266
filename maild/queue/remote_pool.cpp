#include "maild/queue/remote_pool.h"

#include "appliance/base/log.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
/// Messages of one job: enough to make a connection worth it, few enough to spread over threads.
constexpr std::size_t job_messages = 20;
/// Destinations looked at in one round: those that are full already (at most a thread each), and others.
constexpr std::size_t looked_at = 4 * limits::remote_threads;
/// Bulk may hold this share of the threads.
constexpr std::size_t bulk_threads = limits::remote_threads / 4;
/// Of so many servers it is remembered how they behave; more are forgotten when they are quiet.
constexpr std::size_t paces_kept = 2000;
} // namespace

RemotePool::RemotePool(Context const& context, remote::DestinationLookup& lookup, std::function<void()> done)
    : context_(context),
      policy_(context.directory, context.clock),
      relays_(context.relays),
      late_(context),
      delivery_(context, lookup),
      done_(std::move(done))
{
}

RemotePool::~RemotePool()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    work_waits_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void RemotePool::hand_out()
{
    delivery_.close_old_connections();
    while (late_.settle_late([this](Message const& message) { return is_untouchable(message); }) > 0) {
    }
    if (!context_.spool.can_settle()) return; // room comes back, a second copy does not go away
    auto const now = context_.clock.now();
    std::vector<std::string> offline;
    for (auto const& destination : context_.spool.due_destinations(now, looked_at)) {
        if (!has_free_thread()) break;
        auto const relay = relays_.find(destination);
        if (relay.way == Relay::Way::offline) {
            offline.push_back(destination);
            continue;
        }
        if (auto const dead = dead_hop(relay.hop(destination)); dead && dead->until > now) {
            context_.spool.rest({destination}, dead->until, dead->failures, dead->reply);
            continue;
        }
        auto given = Given::some;
        while (given == Given::some) given = give_one(destination, relay);
        if (given == Given::nothing_due && messages_in_work(destination).empty())
            context_.spool.look_later(destination);
    }
    rest_offline(offline);
}

void RemotePool::rest_offline(std::vector<std::string> const& destinations)
{
    constexpr base::Timestamp look_again = base::Microseconds(std::chrono::minutes(1)).count();
    if (destinations.empty()) return;
    context_.spool.rest(destinations, context_.clock.now() + look_again, 0, "the route is offline");
}

std::optional<Resting> RemotePool::dead_hop(std::string const& hop)
{
    std::lock_guard const lock(mutex_);
    auto const found = dead_hops_.find(hop);
    return found == dead_hops_.end() ? std::nullopt : std::optional(found->second);
}

bool RemotePool::has_free_thread()
{
    std::lock_guard const lock(mutex_);
    return busy_ < limits::remote_threads;
}

std::set<MessageId> RemotePool::messages_in_work(std::string const& destination)
{
    std::lock_guard const lock(mutex_);
    auto const found = in_work_.find(destination);
    return found == in_work_.end() ? std::set<MessageId>() : found->second;
}

/// Being sent, or its route is offline: then nothing expires (but what a person has given up).
bool RemotePool::is_untouchable(Message const& message)
{
    for (auto const& recipient : message.recipients) {
        if (messages_in_work(recipient.destination).count(message.id) != 0) return true;
        if (recipient.deadline != give_up && relays_.find(recipient.destination).way == Relay::Way::offline)
            return true;
    }
    return false;
}

RemotePool::Given RemotePool::give_one(std::string const& destination, Relay const& relay)
{
    Job job{{destination, {}, relay.route, relay.mx_of}, relay.hop(destination), MailClass::standard, 0};
    auto const resting = context_.spool.resting(destination);
    bool const is_probe = resting && resting->failures > 0;
    if (is_probe) job.failures = resting->failures;
    {
        std::lock_guard const lock(mutex_);
        auto const& pace = paces_[job.hop];
        bool const is_full = !pace.has_room(policy_.connections()) || (is_probe && pace.active() > 0);
        if (is_full || busy_ >= limits::remote_threads) return Given::no_room;
    }
    // Noted before the spool is read: what a worker settles in between is no longer in work, but still in what we
    // read.
    job.work.messages = choose(destination, job.hop, is_probe ? 1 : job_messages, job.mail_class);
    if (job.work.messages.empty()) return Given::nothing_due;
    start(std::move(job));
    return is_probe ? Given::no_room : Given::some;
}

std::vector<Message> RemotePool::choose(std::string const& destination, std::string const& hop, std::size_t most,
                                        MailClass& mail_class)
{
    auto const now = context_.clock.now();
    auto const in_work = messages_in_work(destination);
    std::vector<MailClass> order = {MailClass::premium, MailClass::standard, MailClass::bulk};
    std::string after[3];
    {
        std::lock_guard const lock(mutex_);
        auto& pace = paces_[hop];
        std::stable_partition(order.begin(), order.end(), [&](auto one) { return one == pace.next_class(); });
        bool const has_room_for_bulk = busy_bulk_ < bulk_threads && pace.has_room_for_bulk(policy_.connections());
        if (!has_room_for_bulk) std::erase(order, MailClass::bulk);
        for (auto const one : order) after[static_cast<std::size_t>(one)] = pace.last_origin(one);
    }
    for (auto const one : order) {
        auto messages =
            context_.spool.due_for(destination, now, most, {one, after[static_cast<std::size_t>(one)], in_work});
        if (messages.empty()) continue;
        mail_class = one;
        return messages;
    }
    return {};
}

void RemotePool::start(Job job)
{
    std::lock_guard const lock(mutex_);
    auto& pace = paces_[job.hop];
    pace.begin(job.mail_class);
    pace.last_origin(job.mail_class) = origin_of(job.work.messages.back().envelope);
    auto& in_work = in_work_[job.work.destination];
    for (auto const& message : job.work.messages) in_work.insert(message.id);
    ++busy_;
    if (job.mail_class == MailClass::bulk) ++busy_bulk_;
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < limits::remote_threads) threads_.emplace_back([this] { work(); });
    work_waits_.notify_one();
}

void RemotePool::work()
{
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            ++idle_;
            work_waits_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            --idle_;
            if (stopping_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        finished(job, run(job));
        done_();
    }
}

/// The top of a worker's stack: a job that fails stays in the spool and is handed out again after a while.
Reception RemotePool::run(Job const& job)
{
    try {
        return delivery_.run(job.work);
    } catch (std::exception const& error) {
        base::log(base::Level::error, "", "remote-failed",
                  {{"destination", job.work.destination}, {"why", error.what()}});
        if (base::is_disk_full(error)) return {Reception::Kind::full, "the box's disk is full"};
        return {Reception::Kind::nobody, "the box could not work on it"};
    }
}

void RemotePool::finished(Job const& job, Reception const& reception)
{
    bool const is_dead = reception.kind == Reception::Kind::nobody;
    bool const is_full = reception.kind == Reception::Kind::full;
    try {
        if (is_dead) note_nobody(job, reception);
        if (is_full) note_full(job, reception);
        if (!is_dead && !is_full && job.failures > 0) context_.spool.revive(job.work.destination);
    } catch (std::exception const& error) { // the store is what failed: the scheduler backs off by itself
        base::log(base::Level::error, "", "remote-failed",
                  {{"destination", job.work.destination}, {"why", error.what()}});
    }
    std::lock_guard const lock(mutex_);
    auto& pace = paces_[job.hop];
    if (reception.kind == Reception::Kind::good) pace.ended_well(job.mail_class, policy_.connections());
    if (reception.kind == Reception::Kind::busy) pace.ended_busy(job.mail_class);
    if (is_dead || is_full)
        pace.ended_dead(job.mail_class);
    else
        dead_hops_.erase(job.hop);
    if (pace.active() == 0 && paces_.size() > paces_kept) paces_.erase(job.hop);
    auto& in_work = in_work_[job.work.destination];
    for (auto const& message : job.work.messages) in_work.erase(message.id);
    if (in_work.empty()) in_work_.erase(job.work.destination);
    --busy_;
    if (job.mail_class == MailClass::bulk) --busy_bulk_;
}

/// Not the other server's fault: as it was there, after a short while.
void RemotePool::note_full(Job const& job, Reception const& reception)
{
    auto const until = context_.clock.now() + limits::no_room_wait.count();
    context_.spool.rest({job.work.destination}, until, job.failures, reception.reply);
}

/// Everything for the destination waits until one message has found somebody there; for a smart host, everything that
/// goes by it.
void RemotePool::note_nobody(Job const& job, Reception const& reception)
{
    auto const failures = job.failures + 1;
    auto const until = next_try(policy_.retry(), context_.clock.now(), failures, spread());
    base::log(base::Level::info, "", "resting",
              {{"destination", job.work.destination},
               {"until", base::iso_date(until)},
               {"failures", std::to_string(failures)},
               {"why", reception.reply}});
    context_.spool.rest({job.work.destination}, until, failures, reception.reply);
    if (job.hop == job.work.destination) return;
    std::lock_guard const lock(mutex_);
    dead_hops_[job.hop] = {job.hop, until, failures, reception.reply};
}

} // namespace maild::queue
