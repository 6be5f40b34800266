#pragma once
// The NSEC or NSEC3 chain of a zone (RFC 4034 section 4, RFC 5155): made as a whole, or mended where names came and
// went.

#include "dnsd/sign/name_rows.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// What both kinds of chain have in common.
class Denial
{
public:
    /// `zone` in wire form; `ttl`: RFC 9077.
    Denial(Signing kind, std::string zone, std::uint32_t ttl) : kind_(kind), zone_(std::move(zone)), ttl_(ttl) {}

    Signing kind() const { return kind_; }
    std::uint16_t type() const { return kind_ == Signing::nsec ? 47 : 50; }
    /// Where the record about `name` lies; both as zone_key.
    std::string owner_for(std::string_view name) const;
    /// The record at `owner` that says: next is `next` (owners in the chain), and these types are here.
    Row record(std::string_view owner, std::string_view next, std::string_view bitmap) const;
    /// The bitmap of such a record.
    std::string bitmap_of(Row const& row) const;

private:
    Signing kind_;
    std::string zone_;
    std::uint32_t ttl_;
};

/// A new chain, put together from all names.
class WholeChain
{
public:
    explicit WholeChain(Denial const& denial) : denial_(denial) {}

    /// Every name that is not occluded and has data, in canonical order.
    void add(std::string_view name, std::string_view bitmap);
    /// When all are in. Names between them that have no data of their own get an NSEC3 record too.
    void close();

    std::size_t size() const { return members_.size(); }
    Row record(std::size_t index) const;
    /// The record at `owner`, if one belongs there.
    std::optional<Row> record_at(std::string_view owner) const;

private:
    struct Member {
        std::string owner;
        std::string bitmap;
    };
    void add_names_between(std::string_view name);

    Denial const& denial_;
    std::vector<Member> members_;
    std::string last_name_;
};

/// Mends the chain in the zone.
class ChainRepair
{
public:
    ChainRepair(Denial const& denial, ZoneEdit& edit) : denial_(denial), edit_(edit) {}

    /// What is to be at `owner` (each once): a record with this bitmap, or none. Does nothing where it is so already.
    void want(std::string owner, std::optional<std::string> bitmap);
    /// Writes what differs; gives the owners whose record is another one now, or gone.
    std::set<std::string> finish();

private:
    using Wanted = std::map<std::string, std::optional<std::string>>;
    bool has(std::string const& owner, std::optional<std::string> const& bitmap);
    void find_others();
    std::optional<std::string> other_after(std::string const& owner);
    std::string before(std::string const& owner);
    std::string after(std::string const& owner);
    std::string bitmap_at(std::string const& owner);
    bool put(std::string const& owner);

    Denial const& denial_;
    ZoneEdit& edit_;
    Wanted wanted_;
    std::set<std::string> present_; ///< wanted ones that stay or come
    /// The nearest chain members that are not in wanted_.
    std::map<std::string, std::optional<std::string>> others_before_;
    std::map<std::string, std::optional<std::string>> others_after_;
};

} // namespace dnsd
