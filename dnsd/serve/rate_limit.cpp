#include "dnsd/serve/rate_limit.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace dnsd
{

namespace
{
// One account is one word: tag (24 bits, never 0), how many answers were limited (4 bits, for slip), and up to when
// the rate is used up (36 bits of microseconds: 19 hours). Each answer moves that moment by 1/rate; what would move
// it more than a second ahead of now is over the limit (a leaky bucket, "GCRA").
constexpr unsigned tag_shift = 40;
constexpr unsigned slip_shift = 36;
constexpr std::uint64_t slip_mask = 15;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << slip_shift) - 1;
constexpr std::uint64_t second = 1000000;

// What counts as one network: a school's line, a house's IPv6 prefix (as NSD and Knot).
constexpr std::uint64_t v4_network = 0xFFFFFF00U;         // /24
constexpr std::uint64_t v6_network = 0xFFFFFFFFFFFFFF00U; // /56

// A row is a cache line: where an account is looked for, and which compete for room.
constexpr std::size_t accounts_in_row = 8;
constexpr std::size_t rows = std::size_t{1} << 14U;
constexpr std::size_t table_size = rows * accounts_in_row * sizeof(std::uint64_t);

/// 128 Ki accounts in 1 MiB, of which the kernel gives pages as they are used: none in a quiet school.
std::uint64_t* map_table()
{
    auto* const pages = ::mmap(nullptr, table_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::uint64_t*>(pages);
}

using Words = std::array<std::uint64_t, 2>;

Words words_of(net::IpAddress const& address)
{
    Words words;
    std::memcpy(words.data(), address.bytes().data(), sizeof words);
    return words;
}

constexpr std::uint64_t swap_octets(std::uint64_t word) { return __builtin_bswap64(word); }

/// How far the account is ahead of now; one that is not (or is from another round of the clock) is unused.
std::uint64_t ahead_of(std::uint64_t account, std::uint64_t now)
{
    auto const ahead = (account - now) & time_mask;
    return ahead > second ? 0 : ahead;
}
} // namespace

void RateLimit::Unmap::operator()(std::uint64_t* accounts) const { ::munmap(accounts, table_size); }

RateLimit::RateLimit(std::vector<net::Network> free, SipKey const& key) : key_(key), table_(map_table())
{
    for (auto const& network : free) {
        std::array<std::uint8_t, 16> mask{};
        for (unsigned bit = 0; bit < network.prefix; ++bit)
            mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 0x80U >> (bit % 8));
        Mask entry;
        std::memcpy(entry.mask.data(), mask.data(), sizeof mask);
        auto const address = words_of(network.address);
        entry.value = {address[0] & entry.mask[0], address[1] & entry.mask[1]};
        free_.push_back(entry);
    }
    set({});
}

void RateLimit::set(LimitSetting const& setting)
{
    std::uint64_t const rate = std::min(setting.rate, LimitSetting::fastest);
    std::uint64_t const slip = std::min(setting.slip, LimitSetting::most_slip);
    auto const interval = rate == 0 ? 0 : second / rate;
    setting_.store(interval << 32U | rate << 8U | slip, std::memory_order_relaxed);
}

LimitSetting RateLimit::setting() const
{
    auto const word = setting_.load(std::memory_order_relaxed);
    return {static_cast<unsigned>(word >> 8U & 0xFFFFFFU), static_cast<unsigned>(word & 0xFFU)};
}

bool RateLimit::is_free(net::IpAddress const& client) const
{
    auto const words = words_of(client);
    return std::any_of(free_.begin(), free_.end(), [&](Mask const& entry) {
        return (words[0] & entry.mask[0]) == entry.value[0] && (words[1] & entry.mask[1]) == entry.value[1];
    });
}

RateLimit::Verdict RateLimit::judge(net::IpAddress const& client, Outcome const& outcome,
                                    std::chrono::microseconds now)
{
    auto const chosen = setting_.load(std::memory_order_relaxed);
    auto const interval = chosen >> 32U;
    if (interval == 0) return Verdict::send;
    auto const slip = chosen & 0xFFU;
    auto const time = static_cast<std::uint64_t>(now.count()) & time_mask;
    auto const key = account_key(client, outcome);
    auto const tag = key >> tag_shift | 1U;
    auto const account = place_of(key, time);
    auto const seen = account.load(std::memory_order_relaxed);
    bool const is_ours = seen >> tag_shift == tag;
    auto const ahead = is_ours ? ahead_of(seen, time) : 0;
    bool const over = ahead + interval > second;
    std::uint64_t limited = 0;
    if (over) limited = slip > 0 ? ((seen >> slip_shift & slip_mask) + 1) % slip : 1;
    auto const until = time + ahead + (over ? 0 : interval);
    // Two threads that meet here may forget one answer: cheaper than a locked instruction, and nobody is harmed.
    account.store(tag << tag_shift | limited << slip_shift | (until & time_mask), std::memory_order_relaxed);
    if (!over) return Verdict::send;
    return limited == 0 ? Verdict::slip : Verdict::drop;
}

std::uint64_t RateLimit::account_key(net::IpAddress const& client, Outcome const& outcome) const
{
    auto const words = words_of(client);
    auto const network =
        client.is_v4() ? (swap_octets(words[1]) & v4_network) << 32U | 0x80U : swap_octets(words[0]) & v6_network;
    bool const by_type = outcome.kind == AnswerKind::positive || outcome.kind == AnswerKind::wildcard;
    constexpr std::uint64_t spread = 0x9E3779B97F4A7C15U;
    SipHash<1, 3> hash(key_);
    hash.add(network | static_cast<std::uint64_t>(outcome.kind));
    return hash.finish((outcome.kind == AnswerKind::error ? 0 : outcome.about) +
                       (by_type ? outcome.type * spread : 0));
}

/// The account itself, else the one whose loss matters least.
RateLimit::Account RateLimit::place_of(std::uint64_t key, std::uint64_t now)
{
    auto* const row = table_.get() + key % rows * accounts_in_row;
    auto const tag = key >> tag_shift | 1U;
    for (std::size_t i = 0; i < accounts_in_row; ++i)
        if (Account(row[i]).load(std::memory_order_relaxed) >> tag_shift == tag) return Account(row[i]);
    std::size_t best = 0;
    auto least = UINT64_MAX;
    for (std::size_t i = 0; i < accounts_in_row; ++i) {
        auto const ahead = ahead_of(Account(row[i]).load(std::memory_order_relaxed), now);
        if (ahead >= least) continue;
        best = i;
        least = ahead;
    }
    return Account(row[best]);
}

} // namespace dnsd
