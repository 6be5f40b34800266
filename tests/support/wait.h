#pragma once
// For what another thread or process does in its own time.

#include <chrono>
#include <thread>

namespace support
{

/// Asks again and again, for at most `longest`; gives whether the condition came true.
template <class Condition>
bool comes_true(Condition&& condition, std::chrono::seconds longest = std::chrono::seconds(5))
{
    using namespace std::chrono_literals;
    auto const end = std::chrono::steady_clock::now() + longest;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

} // namespace support
