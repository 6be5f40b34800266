#include "maild/mailbox/keys.h"

#include "appliance/base/clock.h"
#include "appliance/base/secret.h"

#include <algorithm>
#include <atomic>

namespace maild::mailbox
{

namespace
{
constexpr base::Timestamp start_of_2026 = 1767225600'000000;
constexpr int random_bits = 10;
} // namespace

std::int64_t new_key()
{
    static std::atomic<std::int64_t> last_tick{0};
    // One value per process: two nodes that make a key in the same microsecond differ in it.
    static std::int64_t const node = base::random_key() & ((1 << random_bits) - 1);
    auto const now = std::max<std::int64_t>(1, base::system_clock().now() - start_of_2026);
    auto last = last_tick.load();
    auto tick = now;
    do {
        tick = std::max(now, last + 1);
    } while (!last_tick.compare_exchange_weak(last, tick));
    return (tick << random_bits) | node;
}

} // namespace maild::mailbox
