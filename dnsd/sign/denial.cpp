#include "dnsd/sign/denial.h"

#include "dnsd/sign/nsec3_hash.h"
#include "dnsd/sign/type_bitmap.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"

#include <algorithm>

namespace dnsd
{

namespace
{
/// The length of the name at the front of an NSEC record's data.
std::size_t name_length(std::string_view data)
{
    std::size_t size = 0;
    while (size < data.size() && data[size] != '\0') size += byte_at(data, size) + 1;
    return size + 1;
}
} // namespace

std::string Denial::owner_for(std::string_view name) const
{
    return kind_ == Signing::nsec ? std::string(name) : nsec3_key(key_name(name, zone_));
}

Row Denial::record(std::string_view owner, std::string_view next, std::string_view bitmap) const
{
    auto data = kind_ == Signing::nsec ? key_name(next, zone_).append(bitmap) : nsec3_data(hash_of_key(next), bitmap);
    return {std::string(owner), type(), std::move(data), ttl_, Origin::signing};
}

std::string Denial::bitmap_of(Row const& row) const
{
    if (kind_ == Signing::nsec) return row.rdata.substr(std::min(name_length(row.rdata), row.rdata.size()));
    return std::string(nsec3_parts(row.rdata).bitmap);
}

// The whole chain.

void WholeChain::add(std::string_view name, std::string_view bitmap)
{
    if (denial_.kind() == Signing::nsec3) add_names_between(name);
    members_.push_back({denial_.owner_for(name), std::string(bitmap)});
    last_name_ = name;
}

/// Names above `name` that have no data: those that the name before is not below of (canonical order brings
/// everything below a name right after it).
void WholeChain::add_names_between(std::string_view name)
{
    for (auto above = parent_key(name); !above.empty() && !last_name_.starts_with(above); above = parent_key(above))
        members_.push_back({denial_.owner_for(above), {}});
}

void WholeChain::close()
{
    std::sort(members_.begin(), members_.end(), [](Member const& a, Member const& b) { return a.owner < b.owner; });
}

Row WholeChain::record(std::size_t index) const
{
    auto const& next = members_[(index + 1) % members_.size()];
    return denial_.record(members_[index].owner, next.owner, members_[index].bitmap);
}

std::optional<Row> WholeChain::record_at(std::string_view owner) const
{
    auto const found =
        std::lower_bound(members_.begin(), members_.end(), owner,
                         [](Member const& member, std::string_view key) { return member.owner < key; });
    if (found == members_.end() || found->owner != owner) return std::nullopt;
    return record(static_cast<std::size_t>(found - members_.begin()));
}

} // namespace dnsd
