#include "dnsd/serve/zone_builder.h"

#include <set>
#include <unordered_map>

namespace dnsd
{

namespace
{
/// A chain longer than this is cut off; the client goes on from there by itself.
constexpr int longest_chain = 16;
/// No record has it: "what does a chain say to types that its end does not have?".
constexpr std::uint16_t no_type = 0;

RecordSet const* set_of(ModelNode const& node, std::uint16_t type)
{
    auto const found = node.sets.find(type);
    return found == node.sets.end() ? nullptr : &found->second;
}

/// RFC 2308 section 3: a negative answer lives as long as the smaller of the SOA's TTL and its last field.
std::uint32_t negative_ttl(RecordSet const& soa)
{
    auto const& data = soa.data.front();
    if (data.size() < 4) return 0;
    std::uint32_t minimum = 0;
    for (std::size_t i = data.size() - 4; i < data.size(); ++i)
        minimum = minimum << 8U | static_cast<std::uint32_t>(byte_at(data, i));
    return std::min(soa.ttl, minimum);
}

void add_negative(AnswerWriter& writer, ZoneModel const& zone)
{
    auto const& soa = zone.soa();
    writer.add_authority(zone.apex(), type::soa, negative_ttl(soa), soa.data.front());
}

/// The addresses of what a set points to, as far as this zone has them.
void add_addresses(AnswerWriter& writer, ZoneModel const& zone, std::uint16_t type, RecordSet const& set)
{
    if (type != type::mx && type != type::ns && type != type::srv) return;
    std::set<std::string_view> done;
    for (auto const& data : set.data) {
        auto const target = target_of(type, data);
        auto const* node = zone.node(target);
        if (!node || !node->cut.empty() || !done.insert(target).second) continue;
        for (auto const address : {type::a, type::aaaa})
            if (auto const* addresses = set_of(*node, address))
                for (auto const& one : addresses->data) writer.add_additional(target, address, addresses->ttl, one);
    }
}

/// NS records of the child, DS if there is one, and the addresses of servers inside it (RFC 9471: they may not be
/// left out).
void add_referral(AnswerWriter& writer, ZoneModel const& zone, std::string_view cut)
{
    auto const& child = *zone.node(cut);
    auto const& servers = *set_of(child, type::ns);
    for (auto const& data : servers.data) writer.add_authority(cut, type::ns, servers.ttl, data);
    std::set<std::string_view> done;
    for (bool const in_child : {true, false}) {
        for (auto const& data : servers.data) {
            auto const target = target_of(type::ns, data);
            auto const* node = zone.node(target);
            if (!node || is_below_or_same(target, cut) != in_child || !done.insert(target).second) continue;
            for (auto const address : {type::a, type::aaaa}) {
                auto const* addresses = set_of(*node, address);
                if (!addresses) continue;
                for (auto const& one : addresses->data) {
                    if (in_child)
                        writer.add_glue(target, address, addresses->ttl, one);
                    else
                        writer.add_additional(target, address, addresses->ttl, one);
                }
            }
        }
    }
}

/// Follows the CNAME at `owner` as far as our zones go, and answers for `type` at its end.
class Chain
{
public:
    Chain(ZoneModel const& zone, ModelSet const& others) : zone_(zone), others_(others) {}

    /// Writes the chain and what its end says about `type`.
    void write(AnswerWriter& writer, std::string_view owner, ModelNode const& start, std::uint16_t type) const
    {
        auto const* zone = &zone_;
        auto const* node = &start;
        std::set<std::string_view> passed;
        for (int hop = 0; hop < longest_chain; ++hop) {
            auto const* alias = set_of(*node, type::cname);
            if (!alias) return write_end(writer, *zone, owner, *node, type);
            writer.add_answer(owner, type::cname, alias->ttl, alias->data.front());
            passed.insert(owner);
            owner = target_of(type::cname, alias->data.front());
            zone = others_.zone_of(owner);
            if (!zone || passed.count(owner) > 0) return; // the client's business, or a loop
            auto const found = zone->find(owner);
            if (found.kind == ZoneModel::Kind::delegation) return add_referral(writer, *zone, found.owner);
            if (found.kind == ZoneModel::Kind::missing) {
                writer.set_rcode(Rcode::no_such_name);
                return add_negative(writer, *zone);
            }
            node = found.node;
        }
    }

    /// The types that exist at the chain's end.
    std::vector<std::uint16_t> types(ModelNode const& start) const
    {
        auto const* node = &start;
        for (int hop = 0; hop < longest_chain; ++hop) {
            auto const* alias = set_of(*node, type::cname);
            if (!alias) break;
            auto const target = target_of(type::cname, alias->data.front());
            auto const* zone = others_.zone_of(target);
            auto const found = zone ? zone->find(target) : ZoneModel::Found{};
            if (found.kind != ZoneModel::Kind::node && found.kind != ZoneModel::Kind::wildcard) return {};
            node = found.node;
        }
        std::vector<std::uint16_t> types;
        for (auto const& [type, set] : node->sets)
            if (type != type::cname) types.push_back(type);
        return types;
    }

private:
    static void write_end(AnswerWriter& writer, ZoneModel const& zone, std::string_view owner, ModelNode const& node,
                          std::uint16_t type)
    {
        auto const* set = set_of(node, type);
        if (!set) return add_negative(writer, zone);
        for (auto const& data : set->data) writer.add_answer(owner, type, set->ttl, data);
        add_addresses(writer, zone, type, *set);
    }

    ZoneModel const& zone_;
    ModelSet const& others_;
};

/// Makes the nodes of one zone.
class Builder
{
public:
    Builder(ZoneModel const& model, ModelSet const& others) : model_(model), chain_(model, others) {}

    std::shared_ptr<Zone const> build()
    {
        std::uint32_t index = 0;
        for (auto const& [name, node] : model_.nodes()) index_.emplace(name, index++);
        Zone::Nodes nodes;
        nodes.reserve(index_.size());
        for (auto const& [name, node] : model_.nodes())
            nodes.push_back(std::make_shared<Node const>(make(name, node)));
        return std::make_shared<Zone const>(model_.apex(), std::move(nodes), negative(), links_outside(model_));
    }

private:
    Node make(std::string const& name, ModelNode const& from) const
    {
        Node node;
        node.bytes = name;
        node.name_size = static_cast<std::uint8_t>(name.size());
        node.is_cut = from.cut == name;
        if (!from.cut.empty() && !node.is_cut) node.cut = index_of(from.cut);
        node.wildcard = index_of("\1*" + name);
        if (node.is_cut)
            add_cut(node, name, from);
        else if (from.cut.empty() && set_of(from, type::cname))
            add_alias(node, name, from);
        else if (from.cut.empty())
            add_sets(node, name, from);
        node.bytes.shrink_to_fit();
        node.answers.shrink_to_fit();
        return node;
    }

    static Fit fit_of(std::string const& name) { return starts_with_wildcard(name) ? Fit::wildcard : Fit::exact; }

    void add_sets(Node& node, std::string const& name, ModelNode const& from) const
    {
        for (auto const& [type, set] : from.sets) {
            AnswerWriter writer(name, fit_of(name));
            for (auto const& data : set.data) writer.add_answer(name, type, set.ttl, data);
            add_addresses(writer, model_, type, set);
            node.answers.push_back(writer.finish(type, node.bytes));
        }
    }

    void add_alias(Node& node, std::string const& name, ModelNode const& from) const
    {
        AnswerWriter alone(name, fit_of(name));
        auto const& alias = *set_of(from, type::cname);
        alone.add_answer(name, type::cname, alias.ttl, alias.data.front());
        node.answers.push_back(alone.finish(type::cname, node.bytes)); // first, so that ANY finds it
        for (auto const type : chain_.types(from)) node.answers.push_back(chained(node, name, from, type));
        node.answers.push_back(chained(node, name, from, no_type));
        node.has_fallback = true;
    }

    Answer chained(Node& node, std::string const& name, ModelNode const& from, std::uint16_t type) const
    {
        AnswerWriter writer(name, fit_of(name));
        chain_.write(writer, name, from, type);
        return writer.finish(type, node.bytes);
    }

    void add_cut(Node& node, std::string const& name, ModelNode const& from) const
    {
        if (auto const* signers = set_of(from, type::ds)) {
            AnswerWriter writer(name, Fit::exact);
            for (auto const& data : signers->data) writer.add_answer(name, type::ds, signers->ttl, data);
            node.answers.push_back(writer.finish(type::ds, node.bytes));
        }
        AnswerWriter referral(name, Fit::above);
        referral.set_not_authoritative();
        add_referral(referral, model_, name);
        node.answers.push_back(referral.finish(no_type, node.bytes));
        node.has_fallback = true;
    }

    Node negative() const
    {
        Node node;
        node.bytes = model_.apex();
        node.name_size = static_cast<std::uint8_t>(model_.apex().size());
        for (auto const rcode : {Rcode::no_error, Rcode::no_such_name}) {
            AnswerWriter writer(model_.apex(), Fit::above);
            writer.set_rcode(rcode);
            add_negative(writer, model_);
            node.answers.push_back(writer.finish(no_type, node.bytes));
        }
        return node;
    }

    std::uint32_t index_of(std::string const& name) const
    {
        auto const found = index_.find(name);
        return found == index_.end() ? Node::none : found->second;
    }

    ZoneModel const& model_;
    Chain chain_;
    std::unordered_map<std::string, std::uint32_t> index_;
};
} // namespace

std::shared_ptr<Zone const> build_zone(ZoneModel const& model, ModelSet const& others)
{
    return Builder(model, others).build();
}

bool links_outside(ZoneModel const& model)
{
    for (auto const& [name, node] : model.nodes())
        if (auto const* alias = set_of(node, type::cname))
            if (!is_below_or_same(target_of(type::cname, alias->data.front()), model.apex())) return true;
    return false;
}

} // namespace dnsd
