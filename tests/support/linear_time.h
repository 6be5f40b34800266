#pragma once
// Hostile input is allowed to cost time in proportion to its size, and no more.

#include "tests/support/catch.h"

#include <ctime>

namespace support
{

/// Gives what `work()` gives. `most_seconds` of the processor, so that a busy machine does not count: some tenths of
/// a second for what such a test hands in, some seconds with sanitizers and no optimisation; minutes for what is not
/// linear.
template <class Work>
auto in_linear_time(double most_seconds, Work&& work)
{
    auto const begin = std::clock();
    auto result = work();
    CHECK(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC < most_seconds);
    return result;
}

} // namespace support
