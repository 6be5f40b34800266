#include "dnsd/serve/statistics.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace dnsd
{

namespace
{
std::size_t place(std::size_t number, std::size_t places) { return std::min(number, places - 1); }

std::string_view octets_of(net::IpAddress const& address)
{
    return {static_cast<char const*>(static_cast<void const*>(address.bytes().data())), address.bytes().size()};
}

std::uint64_t hash_of(net::IpAddress const& address)
{
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), address.bytes().data(), sizeof words);
    return (words[0] ^ words[1]) * 0x9E3779B97F4A7C15U ^ words[1] >> 32U;
}

Counter of_transport(Transport transport)
{
    if (transport == Transport::udp) return Counter::udp;
    return transport == Transport::tcp ? Counter::tcp : Counter::tls;
}

template <std::size_t size>
void subtract(std::array<std::uint64_t, size>& from, std::array<std::uint64_t, size> const& what)
{
    for (std::size_t i = 0; i < size; ++i) from[i] -= what[i];
}

Statistics::Ranking rank(std::map<std::string, std::uint64_t> const& found, std::size_t most)
{
    Statistics::Ranking ranking(found.begin(), found.end());
    std::sort(ranking.begin(), ranking.end(), [](auto const& a, auto const& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (ranking.size() > most) ranking.resize(most);
    return ranking;
}
} // namespace

char const* name_of(Counter counter)
{
    constexpr char const* names[counted_things] = {"udp",       "tcp",       "tls",       "ipv6",    "edns",
                                                   "dnssec-ok", "cookie",    "truncated", "slipped", "limited",
                                                   "silent",    "octets-in", "octets-out"};
    return names[static_cast<std::size_t>(counter)];
}

std::uint64_t Counts::questions() const
{
    return (*this)[Counter::udp] + (*this)[Counter::tcp] + (*this)[Counter::tls];
}

void Statistics::Slot::count(Client const& client, Outcome const& outcome, std::size_t reply_size)
{
    count(of_transport(client.transport));
    count(Counter::octets_in, outcome.received);
    count(Counter::octets_out, reply_size);
    add(opcodes_[outcome.opcode & 15U], 1);
    add(rcodes_[place(outcome.rcode, counted_rcodes)], 1);
    if (!client.address.is_v4()) count(Counter::ipv6);
    if (outcome.has_edns) count(Counter::edns);
    if (outcome.dnssec_ok) count(Counter::dnssec_ok);
    if (outcome.has_cookie) count(Counter::cookie);
    if (outcome.truncated) count(Counter::truncated);
    if (outcome.name.empty()) return;
    add(types_[place(outcome.type, counted_types)], 1);
    sample(client, outcome);
}

/// One of `sampling_` questions stands for all of them. The threads that share a slot also share the random number: a
/// torn one is as random.
void Statistics::Slot::sample(Client const& client, Outcome const& outcome)
{
    auto const weight = sampling_;
    if (weight > 1) {
        random_ ^= random_ << 13U;
        random_ ^= random_ >> 17U;
        random_ ^= random_ << 5U;
        if (random_ % weight != 0) return;
    }
    names_.count(outcome.name_hash, outcome.name, weight);
    clients_.count(hash_of(client.address), octets_of(client.address), weight);
}

void Statistics::Slot::add_to(Counts& sum) const
{
    auto const add_all = [](auto& to, auto const& from) {
        for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i].load(std::memory_order_relaxed);
    };
    add_all(sum.counters, counters_);
    add_all(sum.types, types_);
    add_all(sum.rcodes, rcodes_);
    add_all(sum.opcodes, opcodes_);
}

Statistics::Statistics(std::size_t threads)
{
    for (std::size_t i = 0; i < threads; ++i) slots_.push_back(std::make_unique<Slot>(false));
    slots_.push_back(std::make_unique<Slot>(true));
}

Counts Statistics::sum() const
{
    Counts sum;
    for (auto const& slot : slots_) slot->add_to(sum);
    return sum;
}

Statistics::Report Statistics::report(std::size_t most_names)
{
    Report report{sum(), {}, {}, {}};
    report.today = report.since_start;
    subtract(report.today.counters, at_midnight_.counters);
    subtract(report.today.types, at_midnight_.types);
    subtract(report.today.rcodes, at_midnight_.rcodes);
    subtract(report.today.opcodes, at_midnight_.opcodes);
    std::map<std::string, std::uint64_t> names, clients;
    for (auto const& slot : slots_) {
        slot->names_.for_each([&](std::string_view text, std::uint64_t count) { names[std::string(text)] += count; });
        slot->clients_.for_each(
            [&](std::string_view text, std::uint64_t count) { clients[std::string(text)] += count; });
    }
    report.names = rank(names, most_names);
    report.clients = rank(clients, most_names);
    return report;
}

void Statistics::begin_day()
{
    at_midnight_ = sum();
    for (auto const& slot : slots_) {
        slot->names_.clear();
        slot->clients_.clear();
    }
}

} // namespace dnsd
