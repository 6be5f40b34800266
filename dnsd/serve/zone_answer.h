#pragma once
// Composes the answer, authority and additional sections for one question from the zones in memory. Not for the
// header, EDNS and everything else around them (query.h).

#include "dnsd/serve/rcode.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace dnsd
{

struct Query;
class ZoneSet;

/// What kind of answer it is: for rate limiting, statistics and extended errors.
enum class AnswerKind : std::uint8_t {
    not_ours, ///< no zone of ours has the name: REFUSED here, another place may know it
    broken,   ///< the zone exists but was never good, or has expired: SERVFAIL
    positive,
    wildcard, ///< made from a wildcard
    no_data,
    no_such_name,
    referral,
    error, ///< YXDOMAIN
};

/// Everything the header needs. With `truncated` nothing has been written and all counts are 0.
struct Sections {
    Rcode rcode = Rcode::no_error;
    bool authoritative = false;
    bool truncated = false;
    AnswerKind kind = AnswerKind::positive;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0; ///< without OPT
    std::size_t size = 0;          ///< octets written
    /// The same for all questions that get the same answer, as rate limiting counts them: the hash of the name asked;
    /// of the zone for names that do not exist, of the wildcard, of the delegation.
    std::uint64_t identity = 0;
};

/// Writes the sections to `room`, which lies in the message right behind the question (at offset query.question_end)
/// and is as long as they may get (OPT needs its own room). The header and the question need not be there yet.
/// Uses of `query`: name, type, dnssec_ok, question_end; the class is IN, the type is one that records have, or ANY.
/// Allocates nothing, takes no lock.
Sections answer_from_zones(ZoneSet const& zones, Query const& query, std::span<char> room);

} // namespace dnsd
