#include "dnsd/serve/oversight.h"

#include "appliance/base/secret.h"
#include "dnsd/serve/octets.h"

#include <cstring>
#include <ctime>

namespace dnsd
{

namespace
{
constexpr std::size_t header_size = 12;
constexpr unsigned flag_tc = 0x02;

SipKey random_key()
{
    SipKey key;
    auto const bytes = base::random_bytes(sizeof key);
    std::memcpy(key.data(), bytes.data(), sizeof key);
    return key;
}

/// Precise to a few milliseconds, and for that several times cheaper than steady_clock.
std::chrono::microseconds coarse_now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

/// Leaves header, question and OPT, and says "ask again by TCP".
std::size_t cut_to_question(Outcome const& outcome, std::span<char> reply, std::size_t size)
{
    reply[2] = static_cast<char>(static_cast<unsigned char>(reply[2]) | flag_tc);
    std::memset(reply.data() + 6, 0, 6);
    reply[11] = outcome.opt_size > 0 ? 1 : 0;
    std::memmove(reply.data() + outcome.question_end, reply.data() + size - outcome.opt_size, outcome.opt_size);
    return outcome.question_end + outcome.opt_size;
}

/// The question's name in lower case; empty when there is none. `room` holds it.
std::string_view read_question_name(std::string_view packet, std::array<char, longest_name>& room)
{
    std::size_t size = 0;
    for (auto at = header_size; at < packet.size();) {
        auto const label = byte_at(packet, at);
        if (label > longest_label || at + label + 1 > packet.size() || size + label + 1 > longest_name) return {};
        for (std::size_t i = 0; i <= label; ++i) room[size++] = lower_byte(packet[at + i]);
        if (label == 0) return {room.data(), size};
        at += label + 1;
    }
    return {};
}

Outcome read_outcome(std::string_view reply, std::array<char, longest_name>& room)
{
    Outcome outcome;
    outcome.question_end = header_size;
    outcome.opcode = static_cast<std::uint8_t>(byte_at(reply, 2) >> 3U & 15U);
    outcome.rcode = static_cast<std::uint16_t>(byte_at(reply, 3) & 15U);
    outcome.kind = outcome.rcode == 0 ? AnswerKind::elsewhere : AnswerKind::error;
    outcome.truncated = (byte_at(reply, 2) & flag_tc) != 0;
    if (number_at(reply, 4) == 0) return outcome;
    auto const name = read_question_name(reply, room);
    auto const end = header_size + name.size();
    if (name.empty() || end + 4 > reply.size()) return outcome;
    outcome.name = name;
    outcome.name_hash = outcome.about = hash_name(name);
    outcome.type = number_at(reply, end);
    outcome.klass = number_at(reply, end + 2);
    outcome.question_end = end + 4;
    return outcome;
}
} // namespace

void Observer::begin_batch(std::size_t packets)
{
    now_ = coarse_now();
    slot_.begin_batch(packets);
}

std::size_t Observer::finish(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size)
{
    if (size > 0) return settle(client, outcome, reply, size, [this] { return now_; });
    slot_.count(Counter::silent);
    return 0;
}

template <class Now>
std::size_t Observer::settle(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size,
                             Now const& now)
{
    auto sent = Sent::whole;
    // Whom resolve/ and keep/ serve, they know (trusted.networks, TSIG): only their refusals go to strangers.
    bool const is_known = outcome.has_cookie || outcome.kind == AnswerKind::elsewhere;
    if (client.transport == Transport::udp && !is_known && !limit_.is_free(client.address))
        size = limit(client, outcome, reply, size, now(), sent);
    slot_.count(client, outcome, size);
    if (watch_.is_on()) watch_.show(client, outcome, {reply.data(), size}, sent);
    return size;
}

std::size_t Observer::limit(Client const& client, Outcome const& outcome, std::span<char> reply, std::size_t size,
                            Moment now, Sent& sent)
{
    switch (limit_.judge(client.address, outcome, now)) {
    case RateLimit::Verdict::send: return size;
    case RateLimit::Verdict::slip:
        slot_.count(Counter::slipped);
        sent = Sent::slipped;
        return cut_to_question(outcome, reply, size);
    case RateLimit::Verdict::drop: break;
    }
    slot_.count(Counter::limited);
    sent = Sent::limited;
    return 0;
}

std::size_t Observer::note(Client const& client, std::span<char> reply, std::size_t received)
{
    if (reply.size() < header_size) {
        slot_.count(Counter::silent);
        return reply.size();
    }
    std::array<char, longest_name> room;
    auto outcome = read_outcome({reply.data(), reply.size()}, room);
    outcome.received = received;
    return settle(client, outcome, reply, reply.size(), coarse_now);
}

Oversight::Oversight(std::size_t threads, std::vector<net::Network> free)
    : rate_limit_(std::move(free), random_key()),
      statistics_(threads),
      shared_(rate_limit_, statistics_.shared(), watch_)
{
}

} // namespace dnsd
