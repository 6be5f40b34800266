#include "dnsd/serve/zone_answer.h"

#include "dnsd/serve/octets.h"
#include "dnsd/serve/zone_denial.h"
#include "dnsd/serve/zone_set.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>
#include <optional>

namespace dnsd
{

namespace
{
/// A longer chain of aliases is a mistake; a client asks on by itself.
constexpr std::size_t most_links = 16;
/// RFC 9460: the records of what a service leads to are worth knowing.
constexpr std::uint16_t type_svcb = 64;
constexpr std::uint16_t type_https = 65;
constexpr std::size_t record_head = 12; ///< owner pointer, type, class, TTL, length
constexpr std::size_t ttl_at = 6;

enum class Step {
    done,
    follow, ///< an alias: look for next_
    full    ///< it does not fit
};

/// One name on the way of an alias.
struct Link {
    QuestionName name;
    std::array<std::uint16_t, most_labels> places;
};

/// A name in a piece, up to where its zone's name begins.
std::string_view target_name(Zone const& zone, std::string_view piece, std::size_t at)
{
    std::size_t size = 0;
    while (byte_at(piece, at + size) > 0 && byte_at(piece, at + size) <= longest_label)
        size += byte_at(piece, at + size) + 1;
    bool const is_whole = piece[at + size] == '\0'; // not compressed
    return piece.substr(at, is_whole ? size - (zone.name().size() - 1) : size);
}

/// Both as in Node::name().
bool is_at_or_below(std::string_view name, std::string_view above)
{
    while (name.size() > above.size()) name.remove_prefix(byte_at(name, 0) + 1);
    return name == above;
}

/// The answer to one question while it is put together. Lives on the stack.
class Composer
{
public:
    Composer(ZoneSet const& zones, Query const& query, std::span<char> room)
        : zones_(zones), query_(query), writer_(query, room), denial_(writer_)
    {
    }

    Sections compose()
    {
        Asked const asked{&query_.name, nullptr};
        auto const found = find_zone(query_.name);
        if (!found || !found->zone) return failed(found ? Rcode::server_failure : Rcode::refused);
        zone_ = found->zone;
        sections_.authoritative = true;
        // The parent's, whoever that is (RFC 4035 3.1.4.1).
        sections_.leads_away = query_.type == type::ds && found->name.size() == query_.name.size;
        auto const step = answer(asked);
        if (step == Step::follow) return follow(asked);
        return finish(step);
    }

private:
    Sections failed(Rcode rcode)
    {
        sections_.rcode = rcode;
        sections_.kind = AnswerKind::error;
        return sections_;
    }

    void set_kind(AnswerKind kind, NameHash about)
    {
        if (is_first_) {
            sections_.kind = kind;
            sections_.about = about;
        }
        is_first_ = false;
    }

    std::optional<ZoneSet::Found> find_zone(QuestionName const& name) const
    {
        auto const found = zones_.find(name);
        if (found && query_.type == type::ds && found->name.size() == name.size) // the parent's (RFC 4035 3.1.4.1)
            if (auto const above = zones_.find(name, true)) return above;
        return found;
    }

    std::size_t zone_label(Asked const& asked) const { return asked.name->labels - zone_->labels(); }
    Place place(Asked const& asked, std::size_t label) const
    {
        return {asked.place(label), asked.place(zone_label(asked))};
    }
    bool proves() const { return query_.dnssec_ok && zone_->denial() != Denial::none; }

    // --- one name

    Step answer(Asked const& asked)
    {
        auto [node, label] = zone_->closest(*asked.name);
        if (node->is(Node::cut | Node::dname | Node::below)) {
            if (node->is(Node::below)) find_topmost(asked, node, label);
            if (node->is(Node::cut) && !(label == 0 && query_.type == type::ds)) return refer(asked, *node, label);
            if (label > 0 && node->is(Node::dname)) return redirect(asked, *node, label);
        }
        if (label == 0) return answer_from(asked, *node);
        if (node->is(Node::wildcard)) return expand(asked, label);
        return no_such_name(asked, label);
    }

    /// The delegation or DNAME above what was found that comes first from the top.
    void find_topmost(Asked const& asked, Node const*& node, std::size_t& label) const
    {
        for (auto above = zone_label(asked); above > label; --above) {
            auto const* candidate = zone_->find(*asked.name, above);
            if (!candidate || !candidate->is(Node::cut | Node::dname)) continue;
            node = candidate;
            label = above;
            return;
        }
    }

    /// RFC 8482 4.1: ANY (and RRSIG, 7) is answered with one set.
    RecordSet const* choose(Node const& node) const
    {
        if (query_.type != type::any && query_.type != type::rrsig) return node.find(query_.type);
        for (auto const& set : node.sets())
            if (query_.type == type::any || set.signatures > 0) return &set;
        return nullptr;
    }

    Step answer_from(Asked const& asked, Node const& node)
    {
        if (auto const* set = choose(node)) {
            set_kind(AnswerKind::positive, asked.name->hash[0]);
            return put_answer(asked, node, *set) ? Step::done : Step::full;
        }
        if (node.is(Node::alias) && !node.is(Node::cut)) {
            set_kind(AnswerKind::positive, asked.name->hash[0]);
            return put_alias(asked, node);
        }
        set_kind(AnswerKind::no_data, asked.name->hash[0]);
        bool const fits = put_soa(asked) && (!proves() || denial_.no_type(*zone_, asked, 0, node));
        return fits ? Step::done : Step::full;
    }

    Step expand(Asked const& asked, std::size_t encloser)
    {
        auto const& node = *zone_->wildcard_below(*asked.name, encloser);
        auto const* set = choose(node);
        set_kind(set || node.is(Node::alias) ? AnswerKind::wildcard : AnswerKind::no_data,
                 add_label(asked.name->hash[encloser], "*"));
        if (set || node.is(Node::alias)) {
            if (proves()) expanded_[expansions_++] = {zone_, asked, encloser};
            return set ? (put_answer(asked, node, *set) ? Step::done : Step::full) : put_alias(asked, node);
        }
        bool const fits = put_soa(asked) && (!proves() || denial_.no_type_of_wildcard(*zone_, asked, encloser));
        return fits ? Step::done : Step::full;
    }

    Step no_such_name(Asked const& asked, std::size_t encloser)
    {
        set_kind(AnswerKind::no_such_name, zone_->hash());
        sections_.rcode = Rcode::no_such_name;
        bool const fits = put_soa(asked) && (!proves() || denial_.no_name(*zone_, asked, encloser));
        return fits ? Step::done : Step::full;
    }

    bool put_answer(Asked const& asked, Node const& node, RecordSet const& set)
    {
        auto const where = place(asked, 0);
        if (query_.type == type::rrsig) return writer_.put(node, set, where, Section::answer, Part::signatures);
        if (set.targets > 0) targets_ = {&node, &set, writer_.position(), where};
        return writer_.put(node, set, where, Section::answer);
    }

    bool put_soa(Asked const& asked)
    {
        auto const& top = zone_->top();
        return writer_.put(top, top.negative_soa(), place(asked, zone_label(asked)), Section::authority);
    }

    // --- delegations

    Step refer(Asked const& asked, Node const& cut, std::size_t label)
    {
        if (is_first_) sections_.authoritative = false;
        set_kind(AnswerKind::referral, asked.name->hash[label]);
        auto const where = place(asked, label);
        auto const& servers = *cut.find(type::ns);
        targets_ = {&cut, &servers, writer_.position(), where};
        is_referral_ = true;
        sections_.leads_away = true;
        if (!writer_.put(cut, servers, where, Section::authority)) return Step::full;
        if (!proves()) return Step::done; // without signatures the DS would say nothing
        if (auto const* keys = cut.find(type::ds))
            return writer_.put(cut, *keys, where, Section::authority) ? Step::done : Step::full;
        return denial_.no_type(*zone_, asked, label, cut) ? Step::done : Step::full;
    }

    // --- aliases

    Step put_alias(Asked const& asked, Node const& node)
    {
        auto const at = writer_.position();
        if (!writer_.put(node, *node.find(type::cname), place(asked, 0), Section::answer)) return Step::full;
        next_ = at + record_head;
        return Step::follow;
    }

    Step redirect(Asked const& asked, Node const& node, std::size_t label)
    {
        set_kind(AnswerKind::wildcard, asked.name->hash[label]);
        auto const& set = *node.find(type::dname);
        auto const at = writer_.position();
        if (!writer_.put(node, set, place(asked, label), Section::answer)) return Step::full;
        auto const record = node.piece(set).substr(0, set.size);
        std::string_view const prefix(asked.name->bytes.data(), asked.name->at[label]);
        if (prefix.size() + record.size() - record_head > longest_name) {
            sections_.rcode = Rcode::name_too_long;
            return Step::done;
        }
        if (at + record_head > last_pointer_target) return Step::done;
        next_ = writer_.position() + record_head;
        bool const fits = writer_.put_synthesis({asked.place(0), record.substr(ttl_at, 4), prefix, at + record_head});
        if (!fits) return Step::full;
        return query_.type == type::cname || query_.type == type::any ? Step::done : Step::follow;
    }

    /// Goes from name to name, through all our zones; the last one decides (RFC 6604 3).
    [[gnu::noinline]] Sections follow(Asked const& first)
    {
        std::array<Link, most_links> links;
        Asked asked = first;
        for (std::size_t count = 0; count < most_links; ++count) {
            // Pointers to the next name must be possible, to its last label too.
            if (next_ + longest_name > last_pointer_target) break;
            auto& link = links[count];
            writer_.read_name(next_, link.name, link.places);
            bool seen = link.name.hash[0] == first.name->hash[0];
            for (std::size_t i = 0; i < count; ++i) seen = seen || links[i].name.hash[0] == link.name.hash[0];
            if (seen) break;
            asked = {&link.name, link.places.data()};
            auto const found = find_zone(link.name);
            sections_.leads_away = !found;
            if (!found || !found->zone) break;
            zone_ = found->zone;
            if (auto const step = answer(asked); step != Step::follow) return finish(step);
        }
        return finish(Step::done);
    }

    // --- the end

    Sections finish(Step step)
    {
        for (std::size_t i = 0; i < expansions_ && step == Step::done; ++i) {
            auto const& expansion = expanded_[i];
            if (!denial_.no_closer_name(*expansion.zone, expansion.asked, expansion.encloser)) step = Step::full;
        }
        if (step == Step::done && targets_.set && !(is_referral_ ? put_glue() : put_addresses())) step = Step::full;
        sections_.truncated = step == Step::full;
        if (sections_.truncated) return sections_;
        sections_.answers = writer_.count(Section::answer);
        sections_.authorities = writer_.count(Section::authority);
        sections_.additionals = writer_.count(Section::additional);
        sections_.size = writer_.used();
        return sections_;
    }

    struct Target {
        Node const* node = nullptr;
        Place place;
        bool is_alias_mode = false; ///< of an SVCB record (RFC 9460 2.4.2)
    };

    Target target(std::size_t i) const
    {
        auto const& set = *targets_.set;
        auto const piece = targets_.node->piece(set);
        auto const at = targets_.node->target(set, i);
        bool const is_service = set.type == type_svcb || set.type == type_https;
        bool const is_alias_mode = is_service && number_at(piece, at - 2) == 0;
        if (piece[at] == '\0') return {targets_.node, targets_.place, false};
        return {zone_->find(target_name(*zone_, piece, at)), {targets_.at + at, targets_.place.zone}, is_alias_mode};
    }

    bool put_set(Target const& target, std::uint16_t type)
    {
        auto const* set = target.node->find(type);
        return !set || (target.place.owner <= last_pointer_target &&
                        writer_.put(*target.node, *set, target.place, Section::additional));
    }

    /// RFC 9471: the addresses of servers inside the delegation must be there, those of its neighbours may be left
    /// out.
    bool put_glue()
    {
        auto const cut = targets_.node->name();
        for (bool const needed : {true, false}) {
            for (std::size_t i = 0; i < targets_.set->targets; ++i) {
                auto const server = target(i);
                if (!server.node || is_at_or_below(server.node->name(), cut) != needed) continue;
                if (!put_set(server, type::a) || !put_set(server, type::aaaa)) return !needed;
            }
        }
        return true;
    }

    /// What the client would ask for next, as far as there is room.
    bool put_addresses()
    {
        std::array<Node const*, 32> written;
        std::size_t count = 0;
        for (std::size_t i = 0; i < targets_.set->targets && count < written.size(); ++i) {
            auto const wanted = target(i);
            auto const end = written.begin() + count;
            if (!wanted.node || std::find(written.begin(), end, wanted.node) != end) continue;
            written[count++] = wanted.node;
            if (wanted.is_alias_mode && !put_set(wanted, targets_.set->type)) break;
            if (!put_set(wanted, type::a) || !put_set(wanted, type::aaaa)) break;
        }
        return true;
    }

    struct Targets {
        Node const* node = nullptr;
        RecordSet const* set = nullptr;
        std::size_t at = 0; ///< of the piece in the message
        Place place;
    };
    struct Expansion {
        Zone const* zone;
        Asked asked;
        std::size_t encloser;
    };

    ZoneSet const& zones_;
    Query const& query_;
    AnswerWriter writer_;
    DenialWriter denial_;
    Sections sections_;
    Zone const* zone_ = nullptr;
    bool is_first_ = true;
    bool is_referral_ = false;
    std::size_t next_ = 0; ///< where the name stands that an alias leads to
    Targets targets_;
    std::array<Expansion, most_links + 1> expanded_; ///< wildcards that were used, to be proved
    std::size_t expansions_ = 0;
};
} // namespace

Sections answer_from_zones(ZoneSet const& zones, Query const& query, std::span<char> room)
{
    return Composer(zones, query, room).compose();
}

} // namespace dnsd
