#pragma once
// Reads one question by hand, in the order of RFC 1035: header, question, the other records to the last octet, EDNS.
// Every length is checked before it is used; nothing is allocated. Not for deciding what to answer (responder.h).

#include "dnsd/serve/edns.h"
#include "dnsd/serve/elsewhere.h"
#include "dnsd/serve/question_name.h"
#include "dnsd/serve/rcode.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dnsd
{

inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t largest_message = 65535;
/// What fits an Ethernet frame after all headers (DNS flag day 2020); also our own advertised size.
inline constexpr std::size_t largest_udp_reply = 1232;
inline constexpr std::size_t smallest_udp_limit = 512;

// Header octets 2 and 3 (RFC 1035 4.1.1, RFC 4035 3.1.6 for CD).
inline constexpr unsigned flag_response = 0x80;
inline constexpr unsigned flag_authoritative = 0x04;
inline constexpr unsigned flag_truncated = 0x02;
inline constexpr unsigned flag_recursion_desired = 0x01;
inline constexpr unsigned flag_recursion_available = 0x80;
inline constexpr unsigned flag_checking_disabled = 0x10;

namespace opcode
{
inline constexpr std::uint8_t query = 0, notify = 4, update = 5;
}

/// A message as far as it has been read. Made on the stack; the arrays of the name are not cleared.
struct Query {
    std::string_view packet;
    QuestionName name;
    std::size_t question_end = header_size; ///< where the records begin; header_size: no question could be read
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::uint8_t opcode = 0;
    bool has_edns = false; ///< OPT was there and could be read
    bool dnssec_ok = false;
    bool has_tsig = false; ///< the last record, as RFC 8945 5.1 wants it
    std::uint8_t edns_version = 0;
    EdnsOptions options;
    std::size_t reply_limit = smallest_udp_limit;

    bool has_question() const { return question_end > header_size; }
    bool wants_recursion() const { return (byte_at(packet, 2) & flag_recursion_desired) != 0; }
};

/// Shorter than a header, or itself an answer: to be met with silence, so that nobody can make two servers talk to
/// each other for ever.
bool is_question(std::string_view packet);

/// Fills in `query` from a packet that is a question. `no_error`, or the code to refuse with.
Rcode read_query(std::string_view packet, Transport transport, Query& query);

} // namespace dnsd
