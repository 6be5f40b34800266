#pragma once
// The bounded threads that carry mail away: which message is next and how many connections its destination gets;
// nothing twice at a time.

#include "maild/queue/destination_pace.h"
#include "maild/queue/relay_table.h"
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

    /// Hands out what is due, as far as threads and destinations allow, and tells senders of what is late. Throws
    /// StoreError. One thread.
    void hand_out();

private:
    struct Job {
        RemoteJob work;
        std::string hop;
        MailClass mail_class = MailClass::standard;
        unsigned failures = 0; ///< of the destination before it
    };
    enum class Given { nothing_due, no_room, some };

    void work();
    Reception run(Job const& job);
    void finished(Job const& job, Reception const& reception);
    /// Gives the destination one job, if it may have one and has something due.
    Given give_one(std::string const& destination, Relay const& relay);
    std::vector<Message> choose(std::string const& destination, std::string const& hop, std::size_t most,
                                MailClass& mail_class);
    void start(Job job);
    void note_nobody(Job const& job, Reception const& reception);
    void note_full(Job const& job, Reception const& reception);
    std::optional<Resting> dead_hop(std::string const& hop);
    bool has_free_thread();
    std::set<MessageId> messages_in_work(std::string const& destination);
    bool is_untouchable(Message const& message);
    void rest_offline(std::vector<std::string> const& destinations);

    Context context_;
    Policy policy_;
    RelayTable relays_;
    Settling late_;
    RemoteDelivery delivery_;
    std::function<void()> done_;
    std::mutex mutex_;
    std::condition_variable work_waits_;
    std::deque<Job> jobs_;
    std::size_t idle_ = 0; ///< threads
    std::size_t busy_ = 0; ///< jobs, waiting ones too
    std::size_t busy_bulk_ = 0;
    std::map<std::string, DestinationPace> paces_; ///< by hop
    std::map<std::string, std::set<MessageId>> in_work_;
    std::map<std::string, Resting> dead_hops_; ///< servers that many destinations go by
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace maild::queue
