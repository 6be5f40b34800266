#pragma once
// Who the client is, said in front of a connection to the keeper: PROXY protocol version 2 (haproxy's
// proxy-protocol.txt).

#include "dnsd/serve/elsewhere.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

std::string show_proxy_header(Client const& client);

/// The octets of a header's fixed part, which tells the size of the rest.
inline constexpr std::size_t proxy_fixed_size = 16;
/// How many octets follow the fixed part; nothing when it is no header.
std::optional<std::size_t> proxy_rest_size(std::string_view fixed);
/// The client of a whole header. DNS over TLS comes as TCP.
std::optional<Client> parse_proxy_header(std::string_view header);

} // namespace dnsd
