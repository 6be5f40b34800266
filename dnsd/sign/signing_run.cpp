#include "dnsd/sign/signing_run.h"

#include "dnsd/sign/octets.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/sign/type_bitmap.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::size_t rows_a_page = 8192;
constexpr std::size_t signatures_a_page = 4096;
/// Mending a chain costs a dozen look-ups for each name; making it anew one look at each name of the zone.
constexpr std::size_t too_many_to_mend = 5000;

Row soa_of(ZoneEdit& edit)
{
    auto const rows = edit.at({}, type::soa);
    if (rows.size() == 1 && rows.front().rdata.size() > 20) return rows.front();
    throw base::Failure(base::failed(edit.head().name, "the zone has no SOA record, so it cannot be signed"));
}

/// RFC 9077: the smaller one of the SOA's TTL and its last number.
std::uint32_t denial_ttl(Row const& soa) { return std::min(soa.ttl, number32(soa.rdata, soa.rdata.size() - 4)); }

bool is_key_set(std::uint16_t type)
{
    return type == dnssec::dnskey || type == dnssec::cds || type == dnssec::cdnskey;
}
} // namespace

SigningRun::SigningRun(ZoneEdit& edit, Signing kind, SignedZone const& zone, std::vector<ZoneKey> const& keys,
                       KeyFolder& folder, base::Timestamp now)
    : edit_(edit),
      keys_(keys),
      folder_(folder),
      now_(now / 1000000),
      soa_(soa_of(edit)),
      denial_(kind, edit.head().wire_name, denial_ttl(soa_)),
      batch_(edit.head().wire_name, now_),
      longest_ttl_(zone.longest_ttl)
{
}

void SigningRun::run()
{
    read_changes();
    if (needs_whole())
        sign_whole();
    else
        sign_touched();
    write_signatures(0);
}

/// The chain is missing or another one, or mending it would take longer.
bool SigningRun::needs_whole() const
{
    if (edit_.is_replaced() || edit_.touched().size() > too_many_to_mend) return true;
    // Nobody but us touches the chain; who did so may have left anything.
    if (std::any_of(changed_.begin(), changed_.end(), [](auto const& set) { return is_denial(set.second); }))
        return true;
    auto const at_apex = edit_.at(denial_.owner_for({}), denial_.type());
    if (at_apex.size() != 1 || at_apex.front().ttl != denial_ttl(soa_)) return true;
    Denial const other(denial_.kind() == Signing::nsec ? Signing::nsec3 : Signing::nsec, edit_.head().wire_name, 0);
    return !edit_.at(other.owner_for({}), other.type()).empty();
}

void SigningRun::read_changes()
{
    changes_known_ = !edit_.is_replaced();
    if (!changes_known_) return;
    dnsd::read_changes(edit_.transaction(), edit_.head().id, edit_.head().revision,
                       [&](ChangeView const& change) { changed_.emplace(change.row.owner, change.row.type); });
}

bool SigningRun::is_changed(std::string const& owner, std::uint16_t type) const
{
    if (!changes_known_) return true;
    return changed_.contains({owner, type}) || (is_denial(type) && new_denials_.contains(owner));
}

// The whole zone.

void SigningRun::sign_whole()
{
    auto const chain = whole_chain();
    for (std::size_t i = 0; i < chain.size(); ++i) {
        auto const record = chain.record(i);
        if (edit_.insert(record)) new_denials_.insert(record.owner);
    }
    for_each_name([&](std::string const& owner, NameRows& rows, Standing standing) {
        erase_denials_but(chain.record_at(owner), rows);
        sign_name(owner, rows, standing);
        write_signatures(signatures_a_page);
    });
}

WholeChain SigningRun::whole_chain()
{
    WholeChain chain(denial_);
    for_each_name([&](std::string const& owner, NameRows& rows, Standing standing) {
        if (standing == Standing::occluded || !has_data(rows)) return;
        chain.add(owner, bitmap_of(rows, standing));
    });
    chain.close();
    return chain;
}

/// In canonical order; what `each` changes at its own name or before is not seen again.
void SigningRun::for_each_name(std::function<void(std::string const&, NameRows&, Standing)> const& each)
{
    std::string from;
    std::string hidden_below; // everything below a delegation follows right behind it
    do {
        auto page = sql::read_names(edit_.transaction(), edit_.head().id, from, rows_a_page);
        from = page.next;
        for (auto& [owner, rows] : page.names) {
            bool const occluded = !hidden_below.empty() && owner.starts_with(hidden_below);
            if (!occluded && hides_below(owner, rows)) hidden_below = owner;
            each(owner, rows, occluded ? Standing::occluded : standing_of(owner, rows));
        }
    } while (!from.empty());
}

/// Takes them out of `rows` too.
void SigningRun::erase_denials_but(std::optional<Row> const& kept, NameRows& rows)
{
    auto const stale = [&](Row const& row) { return is_denial(row.type) && !(kept && row == *kept); };
    for (auto const& row : rows)
        if (stale(row)) edit_.erase(row);
    rows.erase(std::remove_if(rows.begin(), rows.end(), stale), rows.end());
}

// What a change has touched.

void SigningRun::sign_touched()
{
    auto names = affected_names();
    ChainRepair chain(denial_, edit_);
    for (auto const& owner : names) want_in_chain(chain, owner);
    new_denials_ = chain.finish();
    names.insert(new_denials_.begin(), new_denials_.end());
    for (auto const& owner : names) {
        auto const rows = edit_.at(owner);
        sign_name(owner, rows, is_occluded(owner) ? Standing::occluded : standing_of(owner, rows));
    }
}

/// The touched ones, and where a delegation came or went everything below it.
std::set<std::string> SigningRun::affected_names()
{
    std::set<std::string> names(edit_.touched().begin(), edit_.touched().end());
    for (auto const& [owner, type] : changed_) {
        if (owner.empty() || (type != type::ns && type != type::dname)) continue;
        for (auto& below : sql::owners_below(edit_.transaction(), edit_.head().id, owner))
            names.insert(std::move(below));
    }
    return names;
}

void SigningRun::want_in_chain(ChainRepair& chain, std::string const& owner)
{
    auto const rows = edit_.at(owner);
    bool const occluded = is_occluded(owner);
    bool const is_there = !occluded && has_data(rows);
    if (denial_.kind() == Signing::nsec) {
        chain.want(owner, is_there ? std::optional(bitmap_of(rows, standing_of(owner, rows))) : std::nullopt);
        return;
    }
    if (!has_data(rows) && has_type(rows, dnssec::nsec3)) return; // one of the chain itself
    if (!owner.empty()) want_nsec3_of_parents(chain, std::string(parent_key(owner)));
    if (is_there) {
        chain.want(denial_.owner_for(owner), bitmap_of(rows, standing_of(owner, rows)));
        return;
    }
    want_nsec3_of_parents(chain, owner);
}

/// Names that are there only because something is below them: from `owner` up to the first one with data.
void SigningRun::want_nsec3_of_parents(ChainRepair& chain, std::string owner)
{
    for (; !owner.empty() && parents_done_.insert(owner).second; owner = parent_key(owner)) {
        if (sql::has_data_at(edit_.transaction(), edit_.head().id, owner) && !is_occluded(owner)) return;
        bool const is_there = !is_occluded(owner) && sql::has_data_below(edit_.transaction(), edit_.head().id, owner);
        chain.want(denial_.owner_for(owner), is_there ? std::optional<std::string>("") : std::nullopt);
    }
}

std::string SigningRun::bitmap_of(NameRows const& rows, Standing standing) const
{
    return type_bitmap(denial_types(rows, standing, denial_.kind()));
}

bool SigningRun::is_occluded(std::string_view owner)
{
    for (auto above = parent_key(owner); !above.empty(); above = parent_key(above)) {
        auto known = hides_.find(above);
        if (known == hides_.end())
            known = hides_.emplace(above, sql::hides_below(edit_.transaction(), edit_.head().id, above)).first;
        if (known->second) return true;
    }
    return false;
}

// The signatures of one name.

/// Keeps what is good, queues what is missing, erases the rest.
void SigningRun::sign_name(std::string const& owner, NameRows const& rows, Standing standing)
{
    std::set<Row const*> kept;
    for (auto const& set : signed_sets(rows, standing)) {
        longest_ttl_ = std::max(longest_ttl_, set.front().ttl);
        bool const changed = is_changed(owner, set.front().type);
        for (auto const* key : keys_for(set.front().type)) {
            auto const* const good = changed ? nullptr : good_signature(rows, set.front(), *key);
            if (good)
                kept.insert(good);
            else
                batch_.add(set, signing_key(*key));
        }
    }
    for (auto const& row : rows)
        if (row.type == dnssec::rrsig && !kept.contains(&row)) edit_.erase(row);
}

Row const* SigningRun::good_signature(NameRows const& rows, Row const& set, ZoneKey const& key) const
{
    for (auto const& row : rows) {
        if (row.type != dnssec::rrsig || row.ttl != set.ttl) continue;
        auto const signature = read_signature(row.rdata);
        if (signature && signature->covered == set.type && signature->tag == key.tag &&
            signature->original_ttl == set.ttl && signature->signer == edit_.head().wire_name &&
            is_fresh(*signature, now_))
            return &row;
    }
    return nullptr;
}

/// RFC 7344 4.1: what the parent is to read is signed with the key that it knows.
std::vector<ZoneKey const*> SigningRun::keys_for(std::uint16_t type) const
{
    std::vector<ZoneKey const*> signers;
    for (auto const& key : keys_)
        if (is_key_set(type) ? key.role == KeyRole::ksk : key.role == KeyRole::zsk && key.state == KeyState::active)
            signers.push_back(&key);
    return signers;
}

SigningKey SigningRun::signing_key(ZoneKey const& key) { return {key.tag, folder_.read(key.file)}; }

void SigningRun::write_signatures(std::size_t enough)
{
    if (batch_.size() < enough) return;
    for (auto const& row : batch_.make()) edit_.insert(row);
}

} // namespace dnsd
