#pragma once
// How long to wait before a crashed daemon is started again.

#include <algorithm>
#include <chrono>

namespace supervisor
{

/// At once after the first crash; then 100 ms, doubling up to 10 s, until the daemon has been healthy for a while.
class RestartDelay
{
public:
    using Milliseconds = std::chrono::milliseconds;

    /// `healthy`: how long the process that ended had been ready.
    Milliseconds after_crash(Milliseconds healthy)
    {
        if (healthy >= healthy_time) next_ = Milliseconds{0};
        auto const delay = next_;
        next_ = std::min(longest, next_.count() == 0 ? first : next_ * 2);
        return delay;
    }

private:
    static constexpr Milliseconds healthy_time{1000};
    static constexpr Milliseconds first{100};
    static constexpr Milliseconds longest{10000};
    Milliseconds next_{0};
};

} // namespace supervisor
