#pragma once
// Everything that one transaction changes in our zones, and what must follow from it before the commit: PTR records,
// serials, signatures, the journal. Not for the rules that people's records must keep (zone_checks.h).

#include "dnsd/sign/signer.h"
#include "dnsd/zone/zone_edit.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dnsd
{

class ChangeSet
{
public:
    /// `signer` may be null: then signed zones cannot be changed.
    ChangeSet(db::Transaction& transaction, Signer* signer) : transaction_(transaction), signer_(signer) {}
    ChangeSet(ChangeSet const&) = delete;
    ChangeSet& operator=(ChangeSet const&) = delete;

    db::Transaction& transaction() { return transaction_; }

    /// The one edit of this zone in this transaction.
    ZoneEdit& edit(ZoneHead const& head);
    /// A new zone without records. `name`: absolute, lower case, and none of ours.
    ZoneEdit& create(std::string const& name, ZoneKind kind);
    void drop(ZoneHead const& head);

    /// Once, at the end. Throws base::Failure (refused): a zone without SOA or NS, or a signed zone without signer.
    void finish();

private:
    struct Open {
        std::unique_ptr<ZoneEdit> edit;
        std::optional<std::uint32_t> serial; ///< before the change; nothing for a zone without SOA
    };

    void settle_pointers();
    void finish_zone(Open& open);
    void raise_serial(Open& open);
    void sign(ZoneEdit& edit);
    void publish(ZoneEdit& edit);

    db::Transaction& transaction_;
    Signer* signer_;
    std::map<std::int64_t, Open> open_;
    std::set<std::string> freed_addresses_;    ///< of zones that went
    std::vector<std::string> reverse_changes_; ///< reverse zones that came or went, wire form
};

} // namespace dnsd
