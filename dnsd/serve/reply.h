#pragma once
// Writes what stands around the sections of a reply: header, question, OPT. Not for the sections (zone_answer.h).

#include "dnsd/serve/query.h"

#include <span>

namespace dnsd
{

struct ReplyHead {
    Rcode rcode = Rcode::no_error;
    bool authoritative = false;
    bool truncated = false;
    bool recursion_available = false;
    std::size_t answers = 0;
    std::size_t authorities = 0;
    std::size_t additionals = 0; ///< without OPT
};

/// Header and the question exactly as it was asked (upper and lower case too, RFC 1035 7.3). Gives the size so far:
/// query.question_end.
std::size_t put_head(Query const& query, ReplyHead const& head, std::span<char> reply);

/// One record behind the question, owned by its name. Gives the new size.
struct TextRecord {
    std::uint16_t klass = 0;
    std::string_view text; ///< at most 255 octets
};
std::size_t put_text_record(TextRecord const& record, std::span<char> reply, std::size_t at);

/// Makes a reply of a whole message that could not be asked elsewhere: SERVFAIL, without EDNS. For messages that
/// read_query() found good. Gives its size; `reply` holds at least as much as the message.
std::size_t put_failure(std::string_view message, std::span<char> reply);

} // namespace dnsd
