#pragma once
// What became of one question: told by the responder, read by what limits (rate_limit.h), counts (statistics.h) and
// shows (watch.h) answers.

#include "dnsd/serve/answer_kind.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dnsd
{

struct Outcome {
    std::string_view name; ///< of the question, wire form, lower case; empty: it could not be read
    std::uint64_t name_hash = 0;
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::uint16_t rcode = 0; ///< with the upper bits of EDNS
    std::uint8_t opcode = 0;
    AnswerKind kind = AnswerKind::error;
    std::uint64_t about = 0;      ///< hash (name.h) of the name that the kind says
    std::size_t received = 0;     ///< octets of the packet
    std::size_t question_end = 0; ///< in the reply; 12 without a question
    std::size_t opt_size = 0;     ///< the octets of OPT, which is the last record of the reply; 0: none
    bool has_edns = false;        ///< in the question
    bool dnssec_ok = false;
    bool has_cookie = false; ///< the client showed a server cookie that we gave it (RFC 7873)
    bool truncated = false;
};

} // namespace dnsd
