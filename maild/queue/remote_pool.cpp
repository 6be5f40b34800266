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
} // namespace

RemotePool::RemotePool(Context const& context, remote::DestinationLookup& lookup, std::function<void()> done)
    : context_(context), delivery_(context, lookup), done_(std::move(done))
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

void RemotePool::start()
{
    for (std::size_t i = 0; i < limits::remote_threads; ++i) threads_.emplace_back([this] { work(); });
}

void RemotePool::hand_out()
{
    delivery_.close_old_connections();
    auto const now = context_.clock.now();
    for (auto const& destination : context_.spool.due_destinations(now)) {
        if (free_slots(destination) == 0) continue;
        // Noted before the spool is read: what a worker settles in between is no longer in work, but still in what we
        // read.
        auto const in_work = messages_in_work(destination);
        auto messages = context_.spool.due_for(destination, now, job_messages * (1 + limits::remote_per_destination));
        std::erase_if(messages, [&](auto const& message) { return in_work.count(message.id) != 0; });
        give(destination, std::move(messages));
    }
}

std::size_t RemotePool::free_slots(std::string const& destination)
{
    std::lock_guard const lock(mutex_);
    if (jobs_.size() >= 2 * limits::remote_threads) return 0;
    auto const found = active_.find(destination);
    return limits::remote_per_destination - (found == active_.end() ? 0 : found->second);
}

std::set<MessageId> RemotePool::messages_in_work(std::string const& destination)
{
    std::lock_guard const lock(mutex_);
    auto const found = in_work_.find(destination);
    return found == in_work_.end() ? std::set<MessageId>() : found->second;
}

void RemotePool::give(std::string const& destination, std::vector<Message> messages)
{
    if (messages.empty()) return;
    if (messages.size() > job_messages) messages.resize(job_messages);
    std::lock_guard const lock(mutex_);
    for (auto const& message : messages) in_work_[destination].insert(message.id);
    ++active_[destination];
    jobs_.push_back({destination, std::move(messages), {}});
    work_waits_.notify_one();
}

void RemotePool::finished(RemoteJob const& job)
{
    std::lock_guard const lock(mutex_);
    for (auto const& message : job.messages) in_work_[job.destination].erase(message.id);
    if (--active_[job.destination] > 0) return;
    active_.erase(job.destination);
    in_work_.erase(job.destination);
}

void RemotePool::work()
{
    for (;;) {
        RemoteJob job;
        {
            std::unique_lock lock(mutex_);
            work_waits_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        run(job);
        finished(job);
        done_();
    }
}

/// The top of a worker's stack: a job that fails stays in the spool and is handed out again.
void RemotePool::run(RemoteJob const& job)
{
    try {
        delivery_.run(job);
    } catch (std::exception const& error) {
        base::log(base::Level::error, "", "remote-failed", {{"destination", job.destination}, {"why", error.what()}});
        try {
            context_.spool.defer_destination(job.destination, context_.clock.now() + limits::first_retry.count());
        } catch (base::StoreError const&) { // the store is what failed: the scheduler backs off by itself
        }
    }
}

} // namespace maild::queue
