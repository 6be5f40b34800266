#pragma once
// The one writer of a database: a queue of units of work and the thread that commits them in groups.

#include "appliance/db/statement.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace db
{

class Writer
{
public:
    /// Takes over the connection; nobody else may use it from now on.
    explicit Writer(std::unique_ptr<Connection> connection);
    /// Finishes what is queued, then ends.
    ~Writer();
    Writer(Writer const&) = delete;
    Writer& operator=(Writer const&) = delete;

    /// Queues the work and waits until it is committed. Throws what the work threw, or StoreError of the commit.
    void run(std::function<void(Transaction&)> work);

private:
    struct Job {
        std::function<void(Transaction&)> work;
        std::exception_ptr error;
        bool done = false;
    };

    void loop();
    void commit_group(std::vector<Job*> const& group);
    void run_in_savepoint(Job& job);

    std::unique_ptr<Connection> connection_;
    std::mutex mutex_;
    std::condition_variable work_waits_;
    std::condition_variable group_done_;
    std::deque<Job*> queue_;
    bool stopping_ = false;
    std::thread thread_; ///< last: starts when everything above is there
};

} // namespace db
