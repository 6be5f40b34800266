#include "appliance/db/writer.h"

#include "appliance/base/error.h"
#include "appliance/db/dialect.h"

namespace db
{

namespace
{
constexpr std::size_t largest_group = 256;
}

Writer::Writer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { loop(); })
{
}

Writer::~Writer()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    work_waits_.notify_all();
    thread_.join();
}

void Writer::run(std::function<void(Transaction&)> work)
{
    Job job{std::move(work), nullptr, false};
    std::unique_lock lock(mutex_);
    if (stopping_) throw base::StoreError(base::StoreFault::unavailable, "the program is stopping");
    queue_.push_back(&job);
    work_waits_.notify_one();
    group_done_.wait(lock, [&] { return job.done; });
    if (job.error) std::rethrow_exception(job.error);
}

void Writer::loop()
{
    std::vector<Job*> group;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            work_waits_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            auto const count = std::min(queue_.size(), largest_group);
            group.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
            queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
        }
        commit_group(group);
        {
            std::lock_guard const lock(mutex_);
            for (auto* job : group) job->done = true;
        }
        group_done_.notify_all();
    }
}

void Writer::commit_group(std::vector<Job*> const& group)
{
    try {
        connection_->script("BEGIN IMMEDIATE");
        for (auto* job : group) run_in_savepoint(*job);
        connection_->script("COMMIT");
    } catch (...) { // nothing of this group is on the disk: every member that had succeeded learns so
        auto const error = std::current_exception();
        for (auto* job : group)
            if (!job->error) job->error = error;
        if (connection_->in_transaction()) {
            try {
                connection_->script("ROLLBACK");
            } catch (base::StoreError const&) { // SQLite has rolled back by itself
            }
        }
    }
}

void Writer::run_in_savepoint(Job& job)
{
    connection_->script("SAVEPOINT work");
    try {
        Transaction transaction(*connection_);
        job.work(transaction);
        connection_->script("RELEASE work");
    } catch (...) { // belongs to this job alone, unless SQLite gave up the whole transaction (disk full)
        job.error = std::current_exception();
        if (!connection_->in_transaction()) throw;
        connection_->script("ROLLBACK TO work; RELEASE work");
    }
}

} // namespace db
