// Large messages take turns in memory.

#include "maild/mailbox/whole_message.h"
#include "tests/support/catch.h"
#include "tests/support/wait.h"

#include <atomic>
#include <thread>

using namespace maild::mailbox;

namespace
{
constexpr auto half = whole_messages_max / 2;
}

TEST_CASE("as many large messages are in memory as there is room for, the others wait", "[mailbox]")
{
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&] {
            MessageRoom const room(half);
            auto const now = ++inside;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::yield();
            --inside;
        });
    for (auto& thread : threads) thread.join();
    CHECK(most <= 2);
    CHECK(inside == 0);
}

TEST_CASE("a message larger than all the room comes when nobody else has any, small ones wait for nobody",
          "[mailbox]")
{
    auto first = std::make_unique<MessageRoom>(half);
    std::atomic<bool> begins = false;
    std::atomic<bool> has_first_gone = false;
    bool was_alone = false;
    std::thread large([&] {
        begins = true;
        MessageRoom const room(2 * whole_messages_max);
        was_alone = has_first_gone;
    });
    CHECK(support::comes_true([&] { return begins.load(); }));
    MessageRoom const small(counted_message - 1);
    has_first_gone = true;
    first.reset();
    large.join();
    CHECK(was_alone);
}
