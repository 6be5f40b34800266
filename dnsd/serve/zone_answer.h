#pragma once
// Composes the answer, authority and additional sections for one question from the zones in memory. Not for the
// header, EDNS and everything else around them (query.h).

#include "dnsd/serve/answer_kind.h"
#include "dnsd/serve/rcode.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace dnsd
{

struct Query;
class ZoneSet;

/// Everything the header needs. With `truncated` nothing has been written and all counts are 0. REFUSED: no zone of
/// ours has the name (another place may know it). SERVFAIL: its zone was never good, or has expired.
struct Sections {
    Rcode rcode = Rcode::no_error;
    bool authoritative = false;
    bool truncated = false;
    AnswerKind kind = AnswerKind::positive;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0; ///< without OPT
    std::size_t size = 0;          ///< octets written
    std::uint64_t about = 0;       ///< hash (name.h) of the name that `kind` says
    /// An alias leads to a name of others, the name lies in a part that is delegated, or the parent's DS is asked
    /// for: for a client that wants recursion this is not the end.
    bool leads_away = false;
};

/// Writes the sections to `room`, which lies in the message right behind the question (at offset query.question_end)
/// and is as long as they may get (OPT needs its own room). The header and the question need not be there yet.
/// Uses of `query`: name, type, dnssec_ok, question_end; the class is IN, the type is one that records have, or ANY.
/// Allocates nothing, takes no lock.
Sections answer_from_zones(ZoneSet const& zones, Query const& query, std::span<char> room);

/// Brings the names of several questions into the processor's caches, all at the same time. Only for speed.
void warm_up(ZoneSet const& zones, std::span<Query const* const> queries);

} // namespace dnsd
