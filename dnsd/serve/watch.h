#pragma once
// Shows the questions of a client, a name or a type while they are answered, to whoever watches (`kotakpos dns
// watch`). Costs an answering thread one relaxed load while nobody does.

#include "appliance/base/clock.h"
#include "dnsd/serve/elsewhere.h"
#include "dnsd/serve/outcome.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// What of all questions somebody wants to see; nothing given: all.
struct WatchFilter {
    std::optional<net::Network> client;
    std::string name; ///< wire form, lower case: itself and all below
    std::optional<std::uint16_t> type;

    bool wants(Client const& who, Outcome const& outcome) const;
};

/// What happened to an answer on its way.
enum class Sent { whole, slipped, limited };

/// One question and its answer.
struct Seen {
    base::Timestamp when = 0;
    Client client;
    std::string name; ///< empty: unreadable
    std::uint16_t type = 0;
    std::uint16_t rcode = 0;
    std::size_t size = 0; ///< of the reply
    Sent sent = Sent::whole;
    std::string reply; ///< its beginning: `Watch::shown_octets` at most
};

class Watch
{
public:
    static constexpr std::size_t shown_octets = 512;
    /// What is kept for one watcher between two of his looks; what is more is only counted.
    static constexpr std::size_t most_kept = 1000;

    /// One who watches, until it goes.
    class Watcher
    {
    public:
        Watcher(Watch& watch, WatchFilter filter);
        ~Watcher();
        Watcher(Watcher const&) = delete;
        Watcher& operator=(Watcher const&) = delete;

        /// What was seen since the last call, and how many more were not kept.
        std::vector<Seen> take(std::uint64_t& missed);

    private:
        friend class Watch;
        Watch& watch_;
        WatchFilter filter_;
        std::vector<Seen> seen_; ///< under the Watch's mutex, as missed_
        std::uint64_t missed_ = 0;
    };

    bool is_on() const { return on_.load(std::memory_order_relaxed); }
    /// For the answering threads, when is_on(). Never waits: at a bad moment the question is only counted as missed.
    void show(Client const& client, Outcome const& outcome, std::string_view reply, Sent sent);

private:
    std::atomic<bool> on_{false};
    std::atomic<std::uint64_t> missed_by_all_{0};
    std::mutex mutex_;
    std::vector<Watcher*> watchers_;
};

} // namespace dnsd
