#pragma once
// Signing switched on and off, and the keys of zones: what people order (command line) and what falls due by itself
// (maintenance.h). The signatures themselves are made by the Signer at every change.

#include "appliance/base/clock.h"
#include "appliance/base/result.h"
#include "dnsd/sign/key_folder.h"
#include "dnsd/sign/key_plan.h"
#include "dnsd/zone/zone_edit.h"

#include <functional>
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

/// ZoneStore::edit of a store that signs: runs the work in a transaction, raises the serial, calls the Signer.
using EditZone = std::function<base::Result<void>(std::string_view zone, std::function<void(ZoneEdit&)> const& work)>;

struct SigningStatus {
    std::string zone;
    Signing kind = Signing::off;
    SignedZone settings;
    std::vector<ZoneKey> keys;    ///< KSKs first
    std::vector<KeyStep> steps;   ///< that come by themselves, the next one first
    std::vector<std::string> ds;  ///< what the parent is to have, as DS data; empty: not yet, or nothing any more
    bool parent_must_act = false; ///< it has not got `ds` yet, or still has a DS that must go
};

enum class Farewell {
    after_parent, ///< the zone stays signed until the parent's DS is gone and forgotten
    at_once,
};

/// Zone names with or without the last dot. Refusals are sentences for people. Throws StoreError, and base::Failure
/// for keys that cannot be written or read. Safe from all threads.
class ZoneSigning
{
public:
    ZoneSigning(db::Database& dns, EditZone edit, std::string keys_folder,
                base::Clock const& clock = base::system_clock());

    /// All signed zones by name.
    std::vector<SigningStatus> all();
    base::Result<SigningStatus> status(std::string_view zone);

    /// What is wrong with a signed zone: a private key that cannot be read, signatures that end soon.
    std::optional<base::Error> trouble(std::string_view zone);

    /// Makes keys and signs; a signed zone is signed anew, or changes between NSEC and NSEC3.
    base::Result<void> sign(std::string_view zone, Signing kind, dnssec::Algorithm algorithm);
    /// Gives whether the zone is unsigned now (or only when the parent's DS has gone).
    base::Result<bool> unsign(std::string_view zone, Farewell farewell);
    /// Begins to replace the key.
    base::Result<void> roll(std::string_view zone, KeyRole role);
    /// The parent has done what `ds` says, or has removed our DS.
    base::Result<void> parent_has_acted(std::string_view zone);

    // For maintenance.h.

    /// Does a step that is due.
    base::Result<void> take(std::string const& zone, KeyStep const& step);
    base::Result<void> edit(std::string const& zone, std::function<void(ZoneEdit&)> const& work)
    {
        return edit_(zone, work);
    }
    KeyFolder& folder() { return folder_; }

private:
    struct Found;
    Found find(std::string_view zone);
    Found find_signed(std::string_view zone);
    SigningStatus status_of(Found const& found) const;

    base::Result<void> begin(Found const& found, Signing kind, dnssec::Algorithm algorithm);
    base::Result<void> sign_again(Found const& found, Signing kind);
    base::Result<void> add_key(Found const& found, KeyRole role);
    base::Result<void> set_state(Found const& found, std::uint16_t tag, KeyState state);
    base::Result<void> hand_over(Found const& found, ZoneKey const& successor);
    base::Result<void> remove_key(Found const& found, std::uint16_t tag);
    base::Result<void> end(Found const& found);
    ZoneKey make_key(std::string const& zone, KeyRole role, dnssec::Algorithm algorithm, KeyState state,
                     std::vector<ZoneKey> const& others);

    db::Database& dns_;
    EditZone edit_;
    KeyFolder folder_;
    base::Clock const& clock_;
};

} // namespace dnsd
