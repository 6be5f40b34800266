#pragma once
// The bounded threads that carry mail away: a cap for each destination, nothing twice at a time.

#include "maild/queue/remote.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace maild::queue
{

class RemotePool
{
public:
    /// `done` is called by a worker whenever it has finished a job: there may be reports to route and more to do.
    RemotePool(Context const& context, remote::DestinationLookup& lookup, std::function<void()> done);
    /// Finishes the jobs in work.
    ~RemotePool();
    RemotePool(RemotePool const&) = delete;
    RemotePool& operator=(RemotePool const&) = delete;

    void start();
    /// Hands out what is due, as far as threads and caps allow. Throws StoreError. One thread.
    void hand_out();

private:
    void work();
    void run(RemoteJob const& job);
    /// How many more jobs the destination may have now.
    std::size_t free_slots(std::string const& destination);
    std::set<MessageId> messages_in_work(std::string const& destination);
    void give(std::string const& destination, std::vector<Message> messages);
    void finished(RemoteJob const& job);

    Context context_;
    RemoteDelivery delivery_;
    std::function<void()> done_;
    std::mutex mutex_;
    std::condition_variable work_waits_;
    std::deque<RemoteJob> jobs_;
    std::map<std::string, std::size_t> active_; ///< jobs, by destination
    std::map<std::string, std::set<MessageId>> in_work_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace maild::queue
