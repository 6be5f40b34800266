#pragma once
// What stands between a finished answer and the socket: the rate limit, the statistics, and who watches. The server
// has one Oversight; every answering thread has an Observer of it.

#include "dnsd/serve/rate_limit.h"
#include "dnsd/serve/statistics.h"
#include "dnsd/serve/watch.h"

#include <span>

namespace dnsd
{

/// Used by one thread at a time; the one of Oversight::shared() by all.
class Observer
{
public:
    Observer(RateLimit& limit, Statistics::Slot& slot, Watch& watch) : limit_(limit), slot_(slot), watch_(watch) {}

    /// Before the packets of one recvmmsg are answered: reads the clock once for all of them.
    void begin_batch(std::size_t packets);
    /// `size` octets of `reply` were made (0: say nothing). Gives how many of them to send: all, 0, or those of an
    /// empty answer with TC that is then in `reply`.
    std::size_t finish(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size);
    /// The same for a whole reply that came from elsewhere: what of it is needed, is read from it.
    std::size_t note(Client const& client, std::span<char> reply, std::size_t received);

private:
    using Moment = std::chrono::microseconds;
    /// Limits, counts, shows. `now()` is asked only where there is a limit.
    template <class Now>
    std::size_t settle(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size,
                       Now const& now);
    std::size_t limit(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size,
                      Moment now, Sent& sent);

    RateLimit& limit_;
    Statistics::Slot& slot_;
    Watch& watch_;
    Moment now_{};
};

class Oversight
{
public:
    /// `threads`: those that answer by UDP. `free`: networks without a rate limit.
    Oversight(std::size_t threads, std::vector<net::Network> free);

    RateLimit& rate_limit() { return rate_limit_; }
    Statistics& statistics() { return statistics_; }
    Watch& watch() { return watch_; }

    Observer of_thread(std::size_t thread) { return {rate_limit_, statistics_.of_thread(thread), watch_}; }
    /// For TCP, and for replies that come later.
    Observer& shared() { return shared_; }

private:
    RateLimit rate_limit_;
    Statistics statistics_;
    Watch watch_;
    Observer shared_;
};

} // namespace dnsd
