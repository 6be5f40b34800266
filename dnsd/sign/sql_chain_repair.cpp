#include "dnsd/sign/denial.h"
#include "dnsd/sign/sql_signing.h"

namespace dnsd
{

bool ChainRepair::has(std::string const& owner, std::optional<std::string> const& bitmap)
{
    auto const rows = edit_.at(owner, denial_.type());
    if (rows.empty() || !bitmap) return rows.empty() && !bitmap;
    return rows.size() == 1 && denial_.bitmap_of(rows.front()) == *bitmap;
}

void ChainRepair::want(std::string owner, std::optional<std::string> bitmap)
{
    if (has(owner, bitmap)) return;
    if (bitmap) present_.insert(owner);
    wanted_.insert_or_assign(std::move(owner), std::move(bitmap));
}

std::set<std::string> ChainRepair::finish()
{
    find_others();
    // Besides the wanted ones, those in front of them change: they name another next one.
    std::set<std::string> stale = present_;
    for (auto const& [owner, bitmap] : wanted_) stale.insert(before(owner));
    std::set<std::string> written;
    for (auto const& owner : stale)
        if (put(owner)) written.insert(owner);
    for (auto const& [owner, bitmap] : wanted_)
        if (!bitmap)
            for (auto const& row : edit_.at(owner, denial_.type()))
                if (edit_.erase(row)) written.insert(owner);
    return written;
}

/// Looks at the chain as it is before anything is written. Walking in order, a neighbour that is itself in question
/// has its own neighbour known already.
void ChainRepair::find_others()
{
    auto const zone = edit_.head().id;
    for (auto at = wanted_.begin(); at != wanted_.end(); ++at) {
        auto found = sql::denial_before(edit_.transaction(), zone, denial_.kind(), at->first);
        if (found && wanted_.contains(*found)) found = others_before_.at(*found);
        others_before_[at->first] = found;
    }
    for (auto at = wanted_.rbegin(); at != wanted_.rend(); ++at) {
        auto found = sql::denial_after(edit_.transaction(), zone, denial_.kind(), at->first);
        if (found && wanted_.contains(*found)) found = others_after_.at(*found);
        others_after_[at->first] = found;
    }
}

std::optional<std::string> ChainRepair::other_after(std::string const& owner)
{
    if (auto const known = others_after_.find(owner); known != others_after_.end()) return known->second;
    auto const found = sql::denial_after(edit_.transaction(), edit_.head().id, denial_.kind(), owner);
    if (found && wanted_.contains(*found)) return others_after_.at(*found);
    return found;
}

/// The member of the new chain in front of a wanted owner; the chain is a ring.
std::string ChainRepair::before(std::string const& owner)
{
    auto const& other = others_before_.at(owner);
    auto const wanted = present_.lower_bound(owner);
    bool const has_wanted = wanted != present_.begin();
    if (other && has_wanted) return std::max(*other, *std::prev(wanted));
    if (other) return *other;
    if (has_wanted) return *std::prev(wanted);
    // Around the end: the last of all.
    auto last = sql::last_denial(edit_.transaction(), edit_.head().id, denial_.kind());
    if (last && wanted_.contains(*last)) last = others_before_.at(*last);
    if (present_.empty()) return last.value_or(owner);
    return last ? std::max(*last, *present_.rbegin()) : *present_.rbegin();
}

std::string ChainRepair::after(std::string const& owner)
{
    auto const other = other_after(owner);
    auto const wanted = present_.upper_bound(owner);
    bool const has_wanted = wanted != present_.end();
    if (other && has_wanted) return std::min(*other, *wanted);
    if (other) return *other;
    if (has_wanted) return *wanted;
    // Around the end: the first of all.
    auto first = sql::first_denial(edit_.transaction(), edit_.head().id, denial_.kind());
    if (first && wanted_.contains(*first)) first = others_after_.at(*first);
    if (present_.empty()) return first.value_or(owner);
    return first ? std::min(*first, *present_.begin()) : *present_.begin();
}

std::string ChainRepair::bitmap_at(std::string const& owner)
{
    if (auto const wanted = wanted_.find(owner); wanted != wanted_.end())
        return wanted->second.value_or(std::string());
    auto const rows = edit_.at(owner, denial_.type());
    return rows.empty() ? std::string() : denial_.bitmap_of(rows.front());
}

bool ChainRepair::put(std::string const& owner)
{
    auto const record = denial_.record(owner, after(owner), bitmap_at(owner));
    for (auto const& row : edit_.at(owner, denial_.type()))
        if (row.rdata != record.rdata) edit_.erase(row);
    return edit_.insert(record);
}

} // namespace dnsd
