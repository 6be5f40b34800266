#pragma once
// One question in, one answer out. Reads the packet by hand, in the order of RFC 1035 and of NSD: length, QR, opcode,
// question, other records, EDNS, then the zone. No allocation, no lock, no general DNS library.

#include "dnsd/serve/zone_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dnsd
{

enum class Transport { udp, tcp };

inline constexpr std::size_t largest_message = 65535;
/// What fits an Ethernet frame after all headers (DNS flag day 2020); also our own advertised size.
inline constexpr std::size_t largest_udp_reply = 1232;
inline constexpr std::size_t smallest_udp_limit = 512;

/// A question as far as it has been read. Made on the stack, its name's arrays uncleared.
struct Query {
    std::string_view packet;
    QuestionName name;
    std::size_t question_end = 0; ///< 0: the question could not be read
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    bool has_edns = false;
    bool dnssec_ok = false;
    std::uint8_t edns_version = 0;
    std::size_t reply_limit = smallest_udp_limit;
};

/// Reads question, record counts and EDNS. `no_error`, or the code to refuse with.
Rcode read_query(std::string_view packet, Transport transport, Query& query);

/// Answers questions; one for all threads.
class Responder
{
public:
    /// For CHAOS TXT version.bind and id.server.
    Responder(std::string version, std::string server_id)
        : version_(std::move(version)), server_id_(std::move(server_id))
    {
    }

    /// The octets of the reply written to `reply`; 0: say nothing (not a question). `reply` must hold
    /// largest_udp_reply octets for UDP, largest_message for TCP.
    std::size_t answer(ZoneSet const& zones, std::string_view packet, Transport transport,
                       std::span<char> reply) const;

private:
    std::size_t answer_zone(ZoneSet const& zones, Query const& query, std::span<char> reply) const;
    std::size_t answer_chaos(Query const& query, std::span<char> reply) const;

    std::string version_;
    std::string server_id_;
};

} // namespace dnsd
