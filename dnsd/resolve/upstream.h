#pragma once
// One resolver that questions are forwarded to: whether it answers, how fast, and what it does not understand. For
// the resolver's thread only.

#include "appliance/net/address.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace dnsd::resolve
{

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Why nobody answers.
enum class Reach : std::uint8_t {
    fine,
    nobody, ///< there are no forwarders
    silent, ///< they do not answer
    no_way, ///< the network says that there is no way to them
};

class Upstream
{
public:
    Upstream(net::Endpoint endpoint, std::array<char, 8> client_cookie)
        : endpoint_(endpoint), client_cookie_(client_cookie)
    {
    }

    net::Endpoint const& endpoint() const { return endpoint_; }
    Reach reach() const { return reach_; }
    bool is_up() const { return reach_ == Reach::fine; }
    /// Smoothed time to an answer; nothing before the first one.
    std::optional<Duration> response_time() const { return response_time_; }
    std::optional<Time> last_heard() const { return last_heard_; }
    /// How long to wait before somebody else is asked too.
    Duration patience() const;

    void heard(Time now, std::optional<Duration> response_time);

    // Its health is decided by probes: a question that every resolver answers from its cache. A client's question
    // that takes long (far or broken servers) only makes us probe.

    /// Nobody answered a question of `sent`. True: send a probe.
    bool doubt(Time sent) const { return !probe_sent_ && (!last_heard_ || *last_heard_ < sent); }
    void probe_started(Time now);
    /// When something must be done: a probe be judged or sent.
    std::optional<Time> next_look() const { return next_look_; }
    enum class Look { nothing, probe, went_down };
    Look look(Time now);
    /// Told by the network (ICMP, no route). True: it was up until now.
    bool unreachable(Time now);

    // What it was found not to do.
    bool keeps_case = true; ///< of the question's name
    bool takes_edns = true;
    bool does_cookies = false; ///< has sent ours back once
    std::string server_cookie;
    /// Forgets that.
    void start_afresh()
    {
        keeps_case = takes_edns = true;
        does_cookies = false;
        server_cookie.clear();
    }
    std::array<char, 8> const& client_cookie() const { return client_cookie_; }

private:
    void wait_for_next_probe(Time now);

    net::Endpoint endpoint_;
    std::array<char, 8> client_cookie_;
    Reach reach_ = Reach::fine;
    std::optional<Duration> response_time_;
    std::optional<Time> last_heard_;
    std::optional<Time> probe_sent_;
    std::optional<Time> next_look_;
    unsigned failed_probes_ = 0;
};

} // namespace dnsd::resolve
