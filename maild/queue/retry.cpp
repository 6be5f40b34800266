#include "maild/queue/retry.h"

#include "appliance/base/secret.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
/// Beyond so many doublings the wait is the longest anyway.
constexpr unsigned doublings_max = 16;

base::Timestamp begin_of(Message const& message) { return std::max(message.received, message.envelope.release); }
} // namespace

base::Timestamp next_try(RetryRule const& rule, base::Timestamp now, unsigned attempts, double random)
{
    auto const doublings = std::min(attempts > 0 ? attempts - 1 : 0, doublings_max);
    auto const wait = std::min(rule.first.count() << doublings, std::max(rule.first, rule.longest).count());
    auto const factor = 0.8 + 0.4 * random;
    return now + static_cast<base::Timestamp>(static_cast<double>(wait) * factor);
}

double spread()
{
    constexpr long long steps = 1 << 20;
    return static_cast<double>(base::random_key() % steps) / static_cast<double>(steps);
}

base::Timestamp expiry(RetryRule const& rule, Message const& message)
{
    return begin_of(message) + rule.lifetime.count();
}

base::Timestamp deadline(RetryRule const& rule, Message const& message, unsigned notify, bool warned)
{
    auto const& by = message.envelope.deliver_by;
    auto next = expiry(rule, message);
    if (!warned && wants_delay(notify)) next = std::min(next, begin_of(message) + rule.warning.count());
    if (by && (by->returns || !warned)) next = std::min(next, by->until);
    return next;
}

bool is_to_return(Message const& message, base::Timestamp now)
{
    auto const& by = message.envelope.deliver_by;
    return by && by->returns && by->until <= now;
}

} // namespace maild::queue
