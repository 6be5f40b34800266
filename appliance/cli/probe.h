#pragma once
// Asks a running service as a client would: connect, read the greeting, look up a name. For `status` and `check`.

#include "appliance/config/config.h"
#include "appliance/net/stream.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli
{

/// What a probe found.
struct Answer {
    bool good = false;
    std::string problem; ///< why not: an English sentence, or what the service said
    double milliseconds = 0;
};

inline constexpr std::chrono::milliseconds probe_time{3000};

/// Connects to a configured service ("smtp", "imaps", "dns", ...) at the endpoint and waits for its greeting.
/// `domain`: a name that dnsd must know. Never throws.
Answer probe(std::string const& service, net::Endpoint const& endpoint, std::string const& domain);

/// Where a client of this machine reaches a listener: 0.0.0.0 and :: are not addresses to connect to.
net::Endpoint reachable(net::Endpoint endpoint);

/// Record types that the probes ask for.
enum class DnsType : std::uint16_t { soa = 6, mx = 15 };

/// Sends one question over UDP (RFC 1035 section 4) and checks the reply's id, question, code and that it has an
/// answer. Throws net::Disconnected.
Answer ask_dns(net::Endpoint const& server, std::string const& name, DnsType type,
               std::chrono::milliseconds patience);

/// The same over TLS (RFC 7858); any certificate will do.
Answer ask_dns_over_tls(net::Endpoint const& server, std::string const& name, DnsType type,
                        std::chrono::milliseconds patience);

/// The question's bytes, and what is wrong with a reply to it ("" when nothing is).
std::string dns_question(std::uint16_t id, std::string const& name, DnsType type);
std::string dns_problem(std::string_view question, std::string_view reply);

} // namespace cli
