#pragma once
// When to try again, when to warn, when to give up (RFC 5321 4.5.4.1).

#include "maild/limits.h"
#include "maild/queue/spool.h"

namespace maild::queue
{

/// As the school has it set (policy.h).
struct RetryRule {
    base::Microseconds first = limits::first_retry;
    base::Microseconds longest = limits::longest_retry;
    base::Microseconds lifetime = limits::queue_lifetime;
    base::Microseconds warning = limits::delay_warning;
};

/// Waits double from `first` to `longest`. `random` in [0, 1) spreads them by a fifth each way, so that a thousand
/// messages of one outage do not come back in one moment. `attempts`: made so far, at least 1.
base::Timestamp next_try(RetryRule const& rule, base::Timestamp now, unsigned attempts, double random);
/// A random number in [0, 1) for next_try().
double spread();

/// When it is given up: what a delay warning promises. Counts from the release of FUTURERELEASE.
base::Timestamp expiry(RetryRule const& rule, Message const& message);
/// The next moment at which the sender is to be told of something: late, or given up.
base::Timestamp deadline(RetryRule const& rule, Message const& message, unsigned notify, bool warned);
/// BY with by-mode R has passed: it goes back, whatever could still be done (RFC 2852 section 4).
bool is_to_return(Message const& message, base::Timestamp now);

} // namespace maild::queue
