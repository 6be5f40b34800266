#pragma once
// What has to happen to a zone's keys, and when (RFC 6781 4.1, RFC 7583): pure decisions, no store, no clock.

#include "appliance/base/clock.h"
#include "dnsd/sign/dnssec.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

enum class KeyRole { ksk, zsk };

/// The states in order. A KSK signs the DNSKEY set in all of them; a ZSK signs the zone while it is active.
enum class KeyState {
    published, ///< in the DNSKEY set; caches may still have a set (or an unsigned zone) without it
    ready,     ///< KSK only: every cache knows it; the parent may take its DS (CDS and CDNSKEY say so)
    active,    ///< in use; KSK: the parent has its DS
    retired,   ///< KSK: caches may still have the parent's old DS. ZSK: its signatures are being replaced
    unused,    ///< ZSK only: no signature of it is left in the zone, but there may be in caches
};

/// A zone's key as stored.
struct ZoneKey {
    std::uint16_t tag = 0;
    KeyRole role = KeyRole::zsk;
    std::string dnskey; ///< the record's data
    std::string file;   ///< of the private half, in the keys' folder
    KeyState state = KeyState::published;
    base::Timestamp since = 0;
    base::Timestamp created = 0;
};

/// How a zone is signed.
struct SignedZone {
    dnssec::Algorithm algorithm = dnssec::Algorithm::ecdsap256sha256;
    std::uint32_t longest_ttl = 0;
    std::optional<base::Timestamp> pass_began;
    std::optional<base::Timestamp> pass_ended;
    /// Stops being signed: 0 waits for the parent's DS to go, else the time.
    std::optional<base::Timestamp> leaves_at;
};

inline constexpr std::uint32_t key_ttl = 3600; ///< of DNSKEY, CDS, CDNSKEY

/// How long things take to be forgotten everywhere.
struct Delays {
    base::Microseconds keys{0};   ///< an old DNSKEY set: its TTL and the secondaries' delay
    base::Microseconds zone{0};   ///< any old record or signature of the zone
    base::Microseconds parent{0}; ///< the parent's old DS
};
/// From the longest TTL and the zone's SOA refresh (how long a secondary may lag behind that got no NOTIFY).
Delays delays_of(SignedZone const& zone, std::uint32_t soa_refresh);

enum class KeyAction {
    make_zsk,     ///< publish the next ZSK
    activate_zsk, ///< it signs from now on, the active one retires
    forget_zsk,   ///< retired -> unused
    make_ready,   ///< KSK
    remove,       ///< out of the DNSKEY set
    leave,        ///< stop signing the zone
};
/// "activate-zsk", for logs and programs.
std::string_view name_of(KeyAction action);
struct KeyStep {
    KeyAction action = KeyAction::remove;
    std::uint16_t tag = 0; ///< of the key; 0 where there is none yet
    base::Timestamp when = 0;
};

/// Every step that can be foreseen, the earliest first. A step in the past is due now. What waits for the parent is
/// not among them.
std::vector<KeyStep> next_steps(SignedZone const& zone, std::vector<ZoneKey> const& keys, Delays const& delays);

/// KSKs that CDS and CDNSKEY name: what the parent's DS should be.
bool is_offered_to_parent(std::vector<ZoneKey> const& keys, ZoneKey const& key);

} // namespace dnsd
