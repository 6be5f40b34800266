#pragma once
// How many questions of which kind, and which names and clients were asked for and asked most. Every answering thread
// counts in a slot of its own; somebody who wants to know adds the slots up.

#include "dnsd/serve/elsewhere.h"
#include "dnsd/serve/outcome.h"
#include "dnsd/serve/top_list.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dnsd
{

/// What is counted beside type, rcode and opcode.
enum class Counter : std::size_t {
    udp,
    tcp,
    tls,
    ipv6,
    edns,
    dnssec_ok,
    cookie,    ///< with a valid server cookie
    truncated, ///< sent as "ask again by TCP" because it was too long
    slipped,   ///< the same because of the rate limit
    limited,   ///< left out because of the rate limit
    silent,    ///< not a question: never answered
    octets_in,
    octets_out,
    count
};
inline constexpr std::size_t counted_things = static_cast<std::size_t>(Counter::count);
char const* name_of(Counter counter);

inline constexpr std::size_t counted_types = 257; ///< the last one: all above 255
inline constexpr std::size_t counted_rcodes = 25; ///< the last one: all above BADCOOKIE
inline constexpr std::size_t counted_opcodes = 16;

/// Sums, or a slot's numbers at one moment.
struct Counts {
    std::array<std::uint64_t, counted_things> counters{};
    std::array<std::uint64_t, counted_types> types{};
    std::array<std::uint64_t, counted_rcodes> rcodes{};
    std::array<std::uint64_t, counted_opcodes> opcodes{};

    std::uint64_t operator[](Counter counter) const { return counters[static_cast<std::size_t>(counter)]; }
    std::uint64_t questions() const;
};

class Statistics
{
public:
    /// The numbers of one thread, or of several (`shared`).
    class Slot
    {
    public:
        explicit Slot(bool shared) : shared_(shared) {}

        /// How many packets are dealt with at a time says how busy we are: then only one name of 32 is looked at.
        void begin_batch(std::size_t packets) { sampling_ = packets >= busy_batch ? busy_sampling : 1; }
        void count(Client const& client, Outcome const& outcome, std::size_t reply_size);
        void count(Counter counter, std::uint64_t by = 1) { add(counters_[static_cast<std::size_t>(counter)], by); }

    private:
        friend class Statistics;
        using Number = std::atomic<std::uint64_t>;
        static constexpr std::size_t busy_batch = 8;
        static constexpr std::uint32_t busy_sampling = 32;

        /// A number that only its own thread writes needs no locked instruction.
        void add(Number& number, std::uint64_t by)
        {
            if (shared_)
                number.fetch_add(by, std::memory_order_relaxed);
            else
                number.store(number.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
        }
        void sample(Client const& client, Outcome const& outcome);
        void add_to(Counts& sum) const;

        bool const shared_;
        std::uint32_t sampling_ = 1;
        std::uint32_t random_ = 2463534242U;
        std::array<Number, counted_things> counters_{};
        std::array<Number, counted_types> types_{};
        std::array<Number, counted_rcodes> rcodes_{};
        std::array<Number, counted_opcodes> opcodes_{};
        TopList names_;
        TopList clients_;
    };

    using Ranking = std::vector<std::pair<std::string, std::uint64_t>>;
    struct Report {
        Counts since_start;
        Counts today;
        Ranking names;   ///< of today, wire form; estimates
        Ranking clients; ///< of today, the address's 16 octets
    };

    /// One slot a thread, and one for all others.
    explicit Statistics(std::size_t threads);

    Slot& of_thread(std::size_t thread) { return *slots_.at(thread); }
    Slot& shared() { return *slots_.back(); }

    /// The two functions for whoever asks: one thread at a time.
    Report report(std::size_t most_names);
    /// It is midnight: "today" begins.
    void begin_day();

private:
    Counts sum() const;

    std::vector<std::unique_ptr<Slot>> slots_;
    Counts at_midnight_;
};

} // namespace dnsd
