#pragma once
// One signing of one zone, inside a transaction: only what a change has touched, or the whole zone.

#include "dnsd/sign/denial.h"
#include "dnsd/sign/key_folder.h"
#include "dnsd/sign/key_plan.h"
#include "dnsd/sign/signature_batch.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dnsd
{

class SigningRun
{
public:
    SigningRun(ZoneEdit& edit, Signing kind, SignedZone const& zone, std::vector<ZoneKey> const& keys,
               KeyFolder& folder, base::Timestamp now);

    /// Throws base::Failure when a private key is missing.
    void run();
    /// Of everything that was signed.
    std::uint32_t longest_ttl() const { return longest_ttl_; }

private:
    bool needs_whole() const;
    void read_changes();
    bool is_changed(std::string const& owner, std::uint16_t type) const;

    void sign_whole();
    WholeChain whole_chain();
    void for_each_name(std::function<void(std::string const&, NameRows&, Standing)> const& each);
    void erase_denials_but(std::optional<Row> const& kept, NameRows& rows);

    void sign_touched();
    std::set<std::string> affected_names();
    void want_in_chain(ChainRepair& chain, std::string const& owner);
    void want_nsec3_of_parents(ChainRepair& chain, std::string owner);
    std::string bitmap_of(NameRows const& rows, Standing standing) const;
    bool is_occluded(std::string_view owner);

    void sign_name(std::string const& owner, NameRows const& rows, Standing standing);
    Row const* good_signature(NameRows const& rows, Row const& set, ZoneKey const& key) const;
    std::vector<ZoneKey const*> keys_for(std::uint16_t type) const;
    SigningKey signing_key(ZoneKey const& key);
    void write_signatures(std::size_t enough);

    ZoneEdit& edit_;
    std::vector<ZoneKey> const& keys_;
    KeyFolder& folder_;
    std::int64_t now_; ///< seconds
    Row soa_;
    Denial denial_;
    SignatureBatch batch_;
    std::uint32_t longest_ttl_;

    bool changes_known_ = false;
    std::set<std::pair<std::string, std::uint16_t>> changed_; ///< record sets
    std::set<std::string> new_denials_;
    std::map<std::string, bool, std::less<>> hides_;
    std::set<std::string> parents_done_;
};

} // namespace dnsd
