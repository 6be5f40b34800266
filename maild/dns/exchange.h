#pragma once
// One query to one DNS server, by UDP or TCP: bytes out, the matching bytes back. Not for what they mean (reply.h).

#include "appliance/net/stream.h"

#include <optional>
#include <string>
#include <string_view>

namespace maild::dns
{

/// The reply to the query; nothing when none came until the deadline or the server cannot be reached. The socket is
/// new (a port nobody can guess) and connected (the kernel takes that server's datagrams only).
std::optional<std::string> ask_by_udp(net::Endpoint const& server, std::string_view query, net::Deadline deadline);
std::optional<std::string> ask_by_tcp(net::Endpoint const& server, std::string_view query, net::Deadline deadline);

} // namespace maild::dns
