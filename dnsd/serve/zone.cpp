#include "dnsd/serve/zone.h"

#include "dnsd/zone/wire_record.h"

namespace dnsd
{

namespace
{
/// RFC 9276 3.2: no sane zone has more than 0; each costs every negative answer a hash.
constexpr std::uint16_t most_iterations = 150;
constexpr std::uint16_t type_nsec = 47;
constexpr std::uint16_t type_nsec3param = 51;
constexpr std::size_t record_head = 12; ///< of a record in a piece: owner pointer, type, class, TTL, length

/// The one with SHA-1 and no flags (RFC 5155 4.1.2), if it can be used.
std::optional<HashParameters> parameters_of(std::string_view piece, std::size_t count)
{
    while (count-- > 0) {
        auto const size = byte_at(piece, 10) << 8U | byte_at(piece, 11);
        auto const data = piece.substr(record_head, size);
        piece.remove_prefix(record_head + size);
        if (data.size() < 5 || data[0] != '\1' || data[1] != '\0' || data.size() != 5 + byte_at(data, 4)) continue;
        auto const iterations = static_cast<std::uint16_t>(byte_at(data, 2) << 8U | byte_at(data, 3));
        if (iterations <= most_iterations) return HashParameters{iterations, std::string(data.substr(5))};
    }
    return std::nullopt;
}
} // namespace

Zone::Zone(std::string name)
    : name_(std::move(name)), labels_(count_labels(name_)), hash_(hash_name(name_)), table_(hash_)
{
}

Zone::Closest Zone::closest(QuestionName const& name) const
{
    if (auto const* node = find(name, 0)) return {node, 0};
    // A name exists when anything below it does, so the rest can be halved.
    Closest found{top_, name.labels - labels_};
    for (std::size_t first = 1; first < found.label;) {
        auto const middle = (first + found.label) / 2;
        if (auto const* node = find(name, middle))
            found = {node, middle};
        else
            first = middle + 1;
    }
    return found;
}

Node const* Zone::wildcard_below(QuestionName const& name, std::size_t label) const
{
    auto const below = relative(name, label);
    std::array<char, longest_name + 2> bytes;
    bytes[0] = '\1';
    bytes[1] = '*';
    below.copy(bytes.data() + 2, below.size());
    return table_.find(add_label(name.hash[label], "*"), {bytes.data(), below.size() + 2});
}

Node const* Zone::find_hash_name(std::string_view name) const
{
    auto const* node = nsec3_.at_or_before(OrderKey(name));
    return node && node->name() == name ? node : nullptr;
}

ZoneChange::ZoneChange(std::string name, std::shared_ptr<Zone const> before)
    : zone_(new Zone(std::move(name))), before_(std::move(before)), round_(next_round())
{
}

ZoneChange::ZoneChange(Zone const& before) : zone_(new Zone(before)), round_(next_round()) {}

/// Memory is not spent twice on what has not changed.
NodeRef ZoneChange::shared(NodeRef node) const
{
    if (!before_) return node;
    auto const* old = node->is(Node::hashed) ? before_->find_hash_name(node->name()) : before_->find(node->name());
    return old && old->same_as(*node) ? NodeRef::share(old) : node;
}

void ZoneChange::put(NodeRef made)
{
    auto node = shared(std::move(made));
    bool const is_hash = node->is(Node::hashed);
    auto const hash = zone_->table_.hash_of(node->name());
    auto const* old = is_hash ? zone_->find_hash_name(node->name()) : zone_->table_.find(hash, node->name());
    if (old && old->same_as(*node)) return;
    if (is_hash) {
        zone_->nsec3_.put(std::move(node), round_);
        return;
    }
    if (node->find(type_nsec))
        zone_->nsec_.put(node, round_);
    else if (old && old->find(type_nsec))
        zone_->nsec_.erase(node->name(), round_);
    zone_->table_.put(std::move(node), hash, round_);
}

void ZoneChange::erase(std::string_view name)
{
    auto const* old = find(name);
    if (!old) return;
    auto const kept = NodeRef::share(old); // `name` may be its name
    if (old->find(type_nsec)) zone_->nsec_.erase(name, round_);
    zone_->table_.erase(name, round_);
}

void ZoneChange::erase_hash_name(std::string_view name) { zone_->nsec3_.erase(name, round_); }

std::shared_ptr<Zone const> ZoneChange::finish()
{
    auto const* top = find({});
    if (!top || !top->find(type::soa) || !top->find(type::ns)) return nullptr;
    zone_->top_ = top;
    zone_->denial_ = Denial::none;
    auto const* parameters = top->find(type_nsec3param);
    auto const hashing = parameters ? parameters_of(top->piece(*parameters),
                                                    parameters->size == RecordSet::oversize ? 0 : parameters->count)
                                    : std::nullopt;
    if (hashing && !zone_->nsec3_.is_empty()) {
        zone_->denial_ = Denial::nsec3;
        zone_->hash_parameters_ = *hashing;
        zone_->top_hash_ = nsec3_hash(zone_->name_, *hashing);
        zone_->wildcard_hash_ = nsec3_hash("\1*" + zone_->name_, *hashing);
    } else if (top->find(type_nsec)) {
        zone_->denial_ = Denial::nsec;
    }
    round_ = next_round(); // what is published is not changed any more
    return zone_;
}

} // namespace dnsd
