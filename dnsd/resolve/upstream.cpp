#include "dnsd/resolve/upstream.h"

#include <algorithm>

namespace dnsd::resolve
{

namespace
{
using namespace std::chrono_literals;

constexpr Duration first_patience = 400ms;
constexpr Duration least_patience = 150ms;
constexpr Duration most_patience = 900ms;
/// For a probe, which needs nothing but the way there and back; satellite links need 700 ms.
constexpr Duration probe_patience = 800ms;
constexpr Duration most_probe_patience = 3s;
constexpr Duration first_probe_pause = 1s;
constexpr Duration longest_probe_pause = 5s;
constexpr int smoothing = 8; ///< as TCP does (RFC 6298 2)
} // namespace

Duration Upstream::patience() const
{
    if (!response_time_) return first_patience;
    return std::clamp(*response_time_ * 3, least_patience, most_patience);
}

void Upstream::heard(Time now, std::optional<Duration> response_time)
{
    last_heard_ = now;
    reach_ = Reach::fine;
    failed_probes_ = 0;
    probe_sent_.reset();
    next_look_.reset();
    if (!response_time) return;
    response_time_ =
        response_time_ ? *response_time_ + (*response_time - *response_time_) / smoothing : *response_time;
}

void Upstream::probe_started(Time now)
{
    probe_sent_ = now;
    auto const wait =
        response_time_ ? std::clamp(*response_time_ * 2, probe_patience, most_probe_patience) : probe_patience;
    next_look_ = now + wait;
}

Upstream::Look Upstream::look(Time now)
{
    if (!next_look_ || now < *next_look_) return Look::nothing;
    if (!probe_sent_) return Look::probe;
    probe_sent_.reset();
    wait_for_next_probe(now);
    if (!is_up()) return Look::nothing;
    reach_ = Reach::silent;
    return Look::went_down;
}

bool Upstream::unreachable(Time now)
{
    bool const was_up = is_up();
    reach_ = Reach::no_way;
    probe_sent_.reset();
    wait_for_next_probe(now);
    return was_up;
}

void Upstream::wait_for_next_probe(Time now)
{
    auto const pause =
        std::min<Duration>(first_probe_pause * (1 << std::min(failed_probes_, 3U)), longest_probe_pause);
    next_look_ = now + pause;
    ++failed_probes_;
}

} // namespace dnsd::resolve
