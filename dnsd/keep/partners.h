#pragma once
// Who has to do with our zones: secondaries that copy them, primaries that we copy, keys that may update. Changed by
// the command line, read by the keeper. TSIG secrets: tsig_keys.h.

#include "appliance/base/clock.h"
#include "appliance/base/result.h"
#include "appliance/net/address.h"
#include "dnsd/zone/zone_edit.h"

#include <cstdint>
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

inline constexpr std::uint16_t dns_port = 53;

struct Secondary {
    std::string zone; ///< absolute text
    net::Endpoint address;
    std::string key; ///< "dhcp", or empty: the address alone counts
};

enum class ZoneState { good, waiting, expired };

struct PrimaryServer {
    std::string zone;
    net::Endpoint address;
    std::string key;
    base::Timestamp refreshed = 0;
    std::string trouble;
    ZoneState state = ZoneState::good;
};

struct UpdateKey {
    std::string zone;
    std::string key;
    std::string names = "*";
    std::string types = "A,AAAA,DHCID,PTR,TXT";
};

/// Zone names may be given without the last dot. Refusals are sentences. Throws StoreError.
class Partners
{
public:
    explicit Partners(db::Database& dns) : dns_(dns) {}

    base::Result<void> add_secondary(Secondary const& secondary);
    base::Result<void> delete_secondary(std::string_view zone, net::Endpoint const& address);
    std::vector<Secondary> secondaries();

    /// A zone that is copied from elsewhere; it answers SERVFAIL until the first transfer.
    base::Result<void> add_secondary_zone(PrimaryServer const& primary);
    std::vector<PrimaryServer> primaries();

    base::Result<void> allow_update(UpdateKey const& key);
    base::Result<void> forbid_update(std::string_view zone, std::string_view key);
    std::vector<UpdateKey> update_keys();

    /// A catalog zone (RFC 9432) that lists the primary zones; the keeper fills it.
    base::Result<void> add_catalog(std::string_view zone);

private:
    db::Database& dns_;
};

/// "192.168.20.1", "192.168.20.1:5353", "[fd00::1]:53", "fd00::1".
std::optional<net::Endpoint> parse_server(std::string_view text);

// What the keeper reads, inside a snapshot of its own.

ZoneState state_of(db::Reader& reader, std::int64_t zone);
/// Those of the zone, and of every catalog zone that lists it.
std::vector<Secondary> secondaries_of(db::Reader& reader, ZoneHead const& zone);
std::optional<PrimaryServer> primary_of(db::Reader& reader, std::int64_t zone);
std::optional<UpdateKey> update_key_of(db::Reader& reader, std::int64_t zone, std::string_view key);

void set_state(db::Transaction& transaction, std::int64_t zone, ZoneState state);
/// What the last attempt to refresh brought: the time when it was good (0 leaves it), and trouble or nothing.
void note_refresh(db::Transaction& transaction, std::int64_t zone, base::Timestamp refreshed,
                  std::string_view trouble);

} // namespace dnsd
