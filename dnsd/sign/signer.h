#pragma once
// DNSSEC for the zones that we are the primary of: called at the end of every change, in its transaction, so that a
// record and its signature become visible together. How a zone comes to be signed, and its keys: zone_signing.h.

#include "appliance/base/clock.h"
#include "dnsd/zone/zone_edit.h"

#include <memory>
#include <string>

namespace dnsd
{

/// The signer of this process; none where the private keys are not readable (then a signed zone cannot be changed
/// from here).
class Signer
{
public:
    virtual ~Signer() = default;
    /// Brings NSEC or NSEC3 chain, DNSKEY, CDS and RRSIG rows in step with the touched names of a zone whose
    /// `signing` is not off. The SOA (new serial) is among them already. Throws base::Failure when a key is missing.
    virtual void sign_changes(ZoneEdit& edit) = 0;
};

/// With the private keys in `keys_folder`. Safe from all threads.
std::shared_ptr<Signer> make_signer(std::string keys_folder, base::Clock const& clock = base::system_clock());

} // namespace dnsd
