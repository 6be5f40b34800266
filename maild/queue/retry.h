#pragma once
// When to try again, when to warn, when to give up (RFC 5321 4.5.4.1).

#include "appliance/base/clock.h"

namespace maild::queue
{

/// Waits double from limits::first_retry to limits::longest_retry. `random` in [0, 1) spreads them by a fifth each
/// way, so that a thousand messages of one outage do not come back in one moment. `attempts`: made so far, at
/// least 1.
base::Timestamp next_try(base::Timestamp now, unsigned attempts, double random);

/// In the queue for longer than limits::queue_lifetime.
bool is_expired(base::Timestamp received, base::Timestamp now);
/// Late enough for the sender to be told.
bool is_late(base::Timestamp received, base::Timestamp now);
/// When is_expired() will be true: what a delay warning promises.
base::Timestamp expiry(base::Timestamp received);

/// A random number in [0, 1) for next_try().
double spread();

} // namespace maild::queue
