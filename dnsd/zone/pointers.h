#pragma once
// The PTR records that follow from address records (school pupils forget them), kept in step as rows of their own
// (origin 1) in the transaction that changes the addresses.
//
// An address has its PTR in the smallest reverse zone of ours that covers it, unless somebody wrote a PTR, CNAME,
// DNAME or NS record at that name or delegated it. An address with several names points to one: a mail server before
// a name server before other names (alphabetically); the zone's own name only when there is no other. Wildcards
// never.

#include "dnsd/zone/change_set.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dnsd
{

class Pointers
{
public:
    Pointers(db::Transaction& transaction, ChangeSet& changes);

    /// False: we have no reverse zone, nothing follows.
    bool has_zones() const { return !reverse_zones_.empty(); }

    /// What this edit touched so far.
    void follow(ZoneEdit& edit);
    /// Data of an A or AAAA record.
    void follow_address(std::string const& address) { addresses_.insert(address); }
    /// All addresses that we know whose reverse names lie there (wire form).
    void follow_below(std::string_view reverse_name);

    /// Brings the PTR records of all those addresses in step.
    void settle();

private:
    struct Target {
        int rank = 0; ///< smaller wins
        std::string text;
        std::string wire;
        std::uint32_t ttl = 0;
    };

    void follow_reverse(ZoneEdit& edit);
    void settle_address(std::string const& address);
    void put(ZoneEdit& zone, std::string const& owner, std::optional<Target> const& target);
    bool is_taken(ZoneEdit& zone, std::string_view owner);
    std::optional<Target> best_target(std::string const& address);
    int rank(ZoneHead const& zone, std::string const& name);

    db::Transaction& transaction_;
    ChangeSet& changes_;
    std::map<std::int64_t, ZoneHead> forward_zones_;
    std::map<std::string, ZoneHead, std::less<>> reverse_zones_; ///< by wire name
    std::set<std::string> addresses_;
};

} // namespace dnsd
