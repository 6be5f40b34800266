#pragma once
// The most frequent of many strings in a small fixed space: "space saving" (Metwally, Agrawal, El Abbadi 2005). What
// is not in the list takes the place of the least frequent one and inherits its count; so nothing frequent is missed,
// and a count is never too low.

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

namespace dnsd
{

class TopList
{
public:
    /// `hash`: of the text. When somebody else is at the list at this moment, this one is left out: never waits.
    void count(std::uint64_t hash, std::string_view text, std::uint32_t by);

    /// Calls each(text, count) in no order.
    template <class Each>
    void for_each(Each const& each)
    {
        Turn const turn(busy_);
        for (std::size_t i = 0; i < size_; ++i) each(texts_[i].view(), counts_[i]);
    }
    void clear();

private:
    static constexpr std::size_t room = 100;
    static constexpr std::size_t longest = 255;
    struct Text {
        std::uint8_t size = 0;
        std::array<char, longest> bytes;
        std::string_view view() const { return {bytes.data(), size}; }
    };
    /// Waits for its turn; for those who read.
    class Turn
    {
    public:
        explicit Turn(std::atomic_flag& busy) : busy_(busy)
        {
            while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
        }
        ~Turn() { busy_.clear(std::memory_order_release); }
        Turn(Turn const&) = delete;
        Turn& operator=(Turn const&) = delete;

    private:
        std::atomic_flag& busy_;
    };

    std::size_t place_of(std::uint64_t hash);
    std::size_t take_place(std::uint64_t hash, std::string_view text);

    std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
    std::size_t size_ = 0;
    std::array<std::uint8_t, 256> hints_{}; ///< where a hash with this lowest octet was found last
    std::array<std::uint64_t, room> hashes_;
    std::array<std::uint64_t, room> counts_;
    std::array<Text, room> texts_;
};

} // namespace dnsd
