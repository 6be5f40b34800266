#pragma once
// One zone at one moment, ready to answer from. Not for reading it from the database (zone_loader.h).

#include "dnsd/serve/nsec3_hash.h"
#include "dnsd/serve/question_name.h"
#include "dnsd/serve/zone_order.h"
#include "dnsd/serve/zone_table.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dnsd
{

/// How the zone proves that something does not exist.
enum class Denial { none, nsec, nsec3 };

/// Immutable. One version shares with the next what did not change.
class Zone
{
public:
    std::string_view name() const { return name_; }
    std::size_t labels() const { return labels_; }
    NameHash hash() const { return hash_; }
    Node const& top() const { return *top_; }
    Denial denial() const { return denial_; }
    HashParameters const& hash_parameters() const { return hash_parameters_; }
    /// Of the zone's own name and of "*" below it: most negative answers need them. Only with Denial::nsec3.
    HashLabel const& top_hash() const { return top_hash_; }
    HashLabel const& wildcard_hash() const { return wildcard_hash_; }
    std::size_t names() const { return table_.size(); }
    /// Towards the node of the whole name, for zones that are larger than the caches.
    NodeTable::Approach approach(QuestionName const& name) const { return {table_, name.hash[0]}; }

    /// The part of `name` from `label` on that lies below the zone, as in Node::name(). The name is in the zone.
    std::string_view relative(QuestionName const& name, std::size_t label) const
    {
        auto const from = name.at[label];
        return {name.bytes.data() + from, static_cast<std::size_t>(name.at[name.labels - labels_] - from)};
    }

    /// The longest suffix of `name` that exists in the zone (it can be an empty non-terminal), and its first label.
    struct Closest {
        Node const* node = nullptr;
        std::size_t label = 0;
    };
    Closest closest(QuestionName const& name) const;

    Node const* find(QuestionName const& name, std::size_t label) const
    {
        return table_.find(name.hash[label], relative(name, label));
    }
    /// `name` as in Node::name().
    Node const* find(std::string_view name) const { return table_.find(name); }
    /// The node "*" below the name.
    Node const* wildcard_below(QuestionName const& name, std::size_t label) const;

    /// The owner of an NSEC3 record.
    Node const* find_hash_name(std::string_view name) const;

    /// Owner of the NSEC record at `key`, else the one before it. Only with Denial::nsec.
    Node const* nsec_at_or_before(OrderKey const& key) const { return nsec_.at_or_before(key); }
    /// The same for NSEC3; the names are hashes. Only with Denial::nsec3.
    Node const* nsec3_at_or_before(OrderKey const& key) const { return nsec3_.at_or_before(key); }

private:
    friend class ZoneChange;
    explicit Zone(std::string name);

    std::string name_;
    std::size_t labels_;
    NameHash hash_;
    NodeTable table_;
    NodeOrder nsec_;
    NodeOrder nsec3_;
    Node const* top_ = nullptr;
    Denial denial_ = Denial::none;
    HashParameters hash_parameters_;
    HashLabel top_hash_{};
    HashLabel wildcard_hash_{};
};

/// The next version of a zone while it is made.
class ZoneChange
{
public:
    /// The zone read anew, `name` in wire form; nodes that are the same as in `before` are taken from there.
    explicit ZoneChange(std::string name, std::shared_ptr<Zone const> before = {});
    /// The zone with some names changed.
    explicit ZoneChange(Zone const& before);

    Node const* find(std::string_view name) const { return zone_->table_.find(name); }
    /// Adds it or replaces the one of the same name. A node that is the same as the old one is dropped.
    void put(NodeRef node);
    void erase(std::string_view name);
    void erase_hash_name(std::string_view name);

    /// Nothing when the zone has no SOA or no NS.
    std::shared_ptr<Zone const> finish();

private:
    NodeRef shared(NodeRef node) const;

    std::shared_ptr<Zone> zone_;
    std::shared_ptr<Zone const> before_;
    Round round_;
};

} // namespace dnsd
