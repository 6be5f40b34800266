#pragma once
// Asking other name servers: a question and its reply, by UDP and TCP.

#include "appliance/base/file.h"
#include "appliance/net/stream.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

/// Where a listening address can be reached from here: "every address" is the loopback.
net::Endpoint reachable(net::Endpoint listening);

/// Of a message that we send: nobody can guess it.
std::uint16_t random_id();

/// A message behind its two octets of length.
void write_message(net::Stream& stream, std::string_view message);
/// Throws net::Disconnected.
std::string read_message(net::Stream& stream, net::Deadline deadline);

/// Nothing when the server cannot be reached or does not answer in time.
std::optional<std::string> ask_tcp(net::Endpoint const& server, std::string_view message,
                                   std::chrono::milliseconds limit);
/// Asks up to `times` times; only a reply with the same id from that very address counts.
std::optional<std::string> ask_udp(net::Endpoint const& server, std::string_view message,
                                   std::chrono::milliseconds limit, unsigned times);

/// A UDP socket that can reach addresses of that family, bound to `from` (any address: unbound) and a port of the
/// kernel's choice; non-blocking. Not open when the machine has none of that family.
base::Fd open_udp(net::IpAddress const& from, bool v4);
bool send_to(int socket, net::Endpoint const& to, std::string_view message);
struct Received {
    std::string message;
    net::Endpoint from;
};
/// What has arrived, if anything.
std::optional<Received> receive_from(int socket);

} // namespace dnsd
