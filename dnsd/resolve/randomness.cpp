#include "dnsd/resolve/randomness.h"

#include "appliance/base/error.h"

#include <algorithm>
#include <cstring>
#include <sys/random.h>

namespace dnsd::resolve
{

void Randomness::fill(std::span<char> room)
{
    for (char& octet : room) {
        if (used_ == bytes_.size()) {
            // Up to 256 octets are never given in part (getrandom(2)).
            if (::getrandom(bytes_.data(), bytes_.size(), 0) != static_cast<ssize_t>(bytes_.size()))
                throw base::Failure(base::failed("getrandom", "the kernel gives no random numbers"));
            used_ = 0;
        }
        octet = bytes_[used_];
        bytes_[used_++] = 0;
    }
}

std::uint16_t Randomness::number16()
{
    std::array<char, 2> room{};
    fill(room);
    std::uint16_t number = 0;
    std::memcpy(&number, room.data(), sizeof number);
    return number;
}

std::uint64_t Randomness::number64()
{
    std::array<char, 8> room{};
    fill(room);
    std::uint64_t number = 0;
    std::memcpy(&number, room.data(), sizeof number);
    return number;
}

} // namespace dnsd::resolve
