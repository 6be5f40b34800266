#include "maild/queue/retry.h"

#include "appliance/base/secret.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
/// Beyond so many doublings the wait is the longest anyway.
constexpr unsigned doublings_max = 16;
} // namespace

base::Timestamp next_try(base::Timestamp now, unsigned attempts, double random)
{
    auto const doublings = std::min(attempts > 0 ? attempts - 1 : 0, doublings_max);
    auto const wait = std::min(limits::first_retry.count() << doublings, limits::longest_retry.count());
    auto const factor = 0.8 + 0.4 * random;
    return now + static_cast<base::Timestamp>(static_cast<double>(wait) * factor);
}

base::Timestamp expiry(base::Timestamp received) { return received + limits::queue_lifetime.count(); }
bool is_expired(base::Timestamp received, base::Timestamp now) { return now >= expiry(received); }
bool is_late(base::Timestamp received, base::Timestamp now)
{
    return now - received >= limits::delay_warning.count();
}

double spread()
{
    constexpr long long steps = 1 << 20;
    return static_cast<double>(base::random_key() % steps) / static_cast<double>(steps);
}

} // namespace maild::queue
