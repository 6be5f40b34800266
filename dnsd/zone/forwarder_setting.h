#pragma once
// The setting 'forwarders' of the dns database: whom the resolver of the LAN asks. Written by setup and the command
// line.

#include "appliance/base/result.h"
#include "appliance/net/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace db
{
class Database;
}

namespace dnsd
{

inline constexpr std::size_t most_forwarders = 8;

/// "9.9.9.9", "10.0.0.1:5353", "2620:fe::fe", "[2620:fe::fe]:53"; without a port 53.
std::optional<net::Endpoint> parse_forwarder(std::string_view text);
/// A comma-separated list; what cannot be read is left out.
std::vector<net::Endpoint> parse_forwarders(std::string_view list);

/// Throw StoreError.
std::vector<net::Endpoint> forwarders(db::Database& dns);
/// Served within a second. Refused: too many, one twice, an address nobody can have.
base::Result<void> set_forwarders(db::Database& dns, std::vector<net::Endpoint> const& forwarders);

} // namespace dnsd
