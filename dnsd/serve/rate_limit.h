#pragma once
// Response rate limiting: a stranger who asks in somebody else's name must not be able to flood him with our answers.
// Answers of one kind about one name to one network are counted; those over the rate are left out, and every second
// of these is sent as an empty "ask again by TCP" (slip), which an honest client does. Not for TCP, whose clients
// have shown that they are where they say.

#include "appliance/net/address.h"
#include "dnsd/serve/outcome.h"
#include "dnsd/serve/siphash.h"
#include "dnsd/zone/limit_setting.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace dnsd
{

class RateLimit
{
public:
    enum class Verdict { send, slip, drop };
    /// `free`: networks without a limit.
    RateLimit(std::vector<net::Network> free, SipKey const& key);

    /// From any thread; in force for the next answer.
    void set(LimitSetting const& setting);
    LimitSetting setting() const;

    bool is_free(net::IpAddress const& client) const;
    /// May this answer go by UDP to a client that is not free? `now`: since any beginning. Allocates nothing, takes
    /// no lock, waits for nobody; from any thread.
    Verdict judge(net::IpAddress const& client, Outcome const& outcome, std::chrono::microseconds now);

private:
    using Account = std::atomic_ref<std::uint64_t>;

    std::uint64_t account_key(net::IpAddress const& client, Outcome const& outcome) const;
    Account place_of(std::uint64_t key, std::uint64_t now);

    /// A network as two masked words, so that looking costs a few instructions.
    struct Mask {
        std::array<std::uint64_t, 2> mask{};
        std::array<std::uint64_t, 2> value{};
    };
    std::vector<Mask> free_;
    SipKey key_;
    std::atomic<std::uint64_t> setting_; ///< interval, rate and slip in one word: they change together
    struct Unmap {
        void operator()(std::uint64_t* accounts) const;
    };
    std::unique_ptr<std::uint64_t[], Unmap> table_;
};

} // namespace dnsd
