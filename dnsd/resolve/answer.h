#pragma once
// An answer as it is kept and handed to clients: the records of a reply behind the question, ready to be copied, and
// where their TTLs stand. The question in front has the same length for every client, so compression pointers hold.

#include "dnsd/resolve/reply.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd::resolve
{

/// Whole seconds of a clock that never goes back; what the cache counts with.
using Seconds = std::uint32_t;
/// Cheap: the kernel's coarse clock.
Seconds coarse_now();

/// Bounds on what upstreams say about time.
struct Lifetimes {
    Seconds least = 0;            ///< a shorter one is raised to this
    Seconds most = 86400;         ///< a day
    Seconds most_negative = 3600; ///< RFC 2308 5: one to three hours are sensible
    Seconds failure = 5;          ///< RFC 9520 3.2: at least one second
    Seconds stale = 86400;        ///< RFC 8767 5: how long an answer is kept behind its time
    Seconds stale_ttl = 30;       ///< and the TTL it is given then
    Seconds stale_retry = 30;     ///< after a failed refresh: how long it is given without asking again
};

/// Borrowed: the octets of an Answer, or of the cache while its lock is held.
struct AnswerView {
    unsigned rcode = 0;
    bool authentic = false;
    bool authoritative = false; ///< a name that we know ourselves
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;
    std::string_view body;
    std::size_t needed = 0;      ///< of it without the additional section
    std::string_view ttl_places; ///< in the body, two octets each
    std::optional<std::uint16_t> ede;
};

/// Owns its octets.
struct Answer {
    AnswerView shape; ///< its views are not set
    std::string body;
    std::string ttl_places;
    std::uint32_t lifetime = 0; ///< seconds; 0: not to be kept

    AnswerView view() const
    {
        auto copy = shape;
        copy.body = body;
        copy.ttl_places = ttl_places;
        return copy;
    }
};

/// What a sound reply says, its TTLs and lifetime within bounds.
Answer make_answer(std::string_view message, Reply const& reply, Lifetimes const& lifetimes);
/// An answer without records.
Answer make_failure(unsigned rcode, std::optional<std::uint16_t> ede);

} // namespace dnsd::resolve
