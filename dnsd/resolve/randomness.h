#pragma once
// Random numbers that nobody can guess (message ids, spelling of names, cookies), from the kernel, some at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dnsd::resolve
{

/// For one thread.
class Randomness
{
public:
    void fill(std::span<char> room);
    std::uint16_t number16();
    std::uint64_t number64();

private:
    std::array<char, 256> bytes_{};
    std::size_t used_ = 256;
};

} // namespace dnsd::resolve
