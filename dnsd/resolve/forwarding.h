#pragma once
// The resolver's thread: takes questions of clients, asks upstream resolvers, and answers. One question in flight
// serves everybody who asks the same meanwhile. Nothing here blocks; every wait is a time in a list.

#include "dnsd/resolve/exchange.h"
#include "dnsd/resolve/intake.h"
#include "dnsd/resolve/resolver_state.h"

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace dnsd::resolve
{

class Forwarding
{
public:
    Forwarding(ResolverState& state, Intake& intake, std::unique_ptr<ForwarderSource> source);
    ~Forwarding();
    Forwarding(Forwarding const&) = delete;
    Forwarding& operator=(Forwarding const&) = delete;

    /// Until stop(), which may come from another thread.
    void run();
    void stop();
    /// From any thread; at most half a second old.
    std::vector<ResolverNumbers::Forwarder> forwarders() const;

private:
    /// A question that is being asked, for everybody who waits for it.
    struct Task {
        std::string key;
        Wanted wanted;
        std::vector<Waiting> waiting;
        Time started{};
        Time next{}; ///< its place in timers_
        std::vector<std::uint64_t> exchanges;
        /// The servers of a delegated part of our zones, asked instead of the forwarders.
        std::vector<std::shared_ptr<Upstream>> servers;
        std::string zone; ///< that part
        unsigned depth = 0;
        std::vector<Upstream const*> asked;  ///< one entry for each time
        std::vector<Upstream const*> failed; ///< those that could not answer this question
        std::optional<std::uint16_t> why;    ///< what they said about that
        Upstream* doubted = nullptr;         ///< its reply was right but for name's case or cookie
        unsigned tcp_tries = 0;
        std::uint64_t generation = 0; ///< of the forwarders
    };
    struct Flight {
        Exchange exchange;
        Task* task; ///< none: a probe
        std::uint32_t events;
    };

    // Questions.
    void take_questions();
    void begin(Waiting waiting);
    void answer(Waiting& waiting, AnswerView const& answer, Age const& age = {});
    void finish(Task& task, Answer const& answer);
    void give_up(Task& task);
    void answer_stale(Task& task);
    void forget(Task& task);
    std::span<char> reply_room() const { return {reply_.get(), largest_message}; }
    std::string written(std::size_t size) const { return {reply_.get(), size}; }
    void schedule(Task& task, Time when);

    // Upstreams.
    std::vector<std::shared_ptr<Upstream>> const& upstreams_of(Task const& task) const
    {
        return task.servers.empty() ? upstreams_ : task.servers;
    }
    void ask_servers(Task& task, std::string zone, std::vector<net::IpAddress> const& addresses);
    bool go_down(Task& task, Exchange const& exchange);
    std::shared_ptr<Upstream> choose(Task const& task);
    bool send_next(Task& task);
    bool send(Task& task, std::shared_ptr<Upstream> upstream, Carrier carrier);
    bool by_tcp(Task& task, Flight const& flight);
    void probe(std::shared_ptr<Upstream> const& upstream);
    void forget_flight(std::uint64_t id);
    bool is_forwarder(Upstream const& upstream) const;
    void lost(Upstream& upstream);

    // Events.
    void ready(std::uint64_t id);
    void replied(std::uint64_t id, Flight& flight);
    void judge_reply(Task& task, std::uint64_t id, Flight& flight);
    void broken(std::uint64_t id, Flight& flight);
    void suspicious(std::uint64_t id, Flight& flight);
    void look_at_time();
    void task_is_due(Task& task);
    void watch_forwarders();
    void hear_of_forwarders();
    void settle_reach();
    void publish();
    int wait_time() const;
    Time give_up_time(Task const& task) const;

    ResolverState& state_;
    Intake& intake_;
    std::unique_ptr<ForwarderSource> source_;
    Randomness randomness_;
    base::Fd epoll_;
    std::atomic<bool> stopping_{false};
    Time now_{};

    std::vector<std::shared_ptr<Upstream>> upstreams_;
    std::uint64_t generation_ = 0; ///< goes up when they are others
    std::unordered_map<std::string, std::unique_ptr<Task>> tasks_;
    std::set<std::pair<Time, Task*>> timers_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Flight>> flights_;
    std::map<Upstream const*, std::uint64_t> probes_;
    std::uint64_t next_id_ = 2; ///< below: the two other descriptors
    Time next_source_look_{};
    bool hears_source_ = true; ///< false: it has told us, and we shall look in a moment
    /// For one message that comes in and one that goes out; not cleared, so that only what is used takes memory.
    std::unique_ptr<char[]> const room_;
    std::unique_ptr<char[]> const reply_;

    mutable std::mutex published_mutex_;
    std::vector<ResolverNumbers::Forwarder> published_;
    Time next_publish_{};
    Time next_fresh_start_{};
};

} // namespace dnsd::resolve
