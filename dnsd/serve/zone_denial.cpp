#include "dnsd/serve/zone_denial.h"

#include "dnsd/serve/nsec3_hash.h"
#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::uint16_t type_nsec = 47;
constexpr std::uint16_t type_nsec3 = 50;

/// "*." in front of a name.
struct WildcardName {
    std::array<char, longest_name + 2> bytes;
    std::size_t size;

    explicit WildcardName(std::string_view below) : size(below.size() + 2)
    {
        bytes[0] = '\1';
        bytes[1] = '*';
        below.copy(bytes.data() + 2, below.size());
    }
    std::string_view view() const { return {bytes.data(), size}; }
};

std::string_view view(HashLabel const& label) { return {label.data(), label.size()}; }

HashLabel hash_of(Zone const& zone, Asked const& asked, std::size_t label)
{
    if (label == asked.name->labels - zone.labels()) return zone.top_hash();
    return nsec3_hash(asked.name->suffix(label), zone.hash_parameters());
}

HashLabel hash_of_wildcard(Zone const& zone, Asked const& asked, std::size_t encloser)
{
    if (encloser == asked.name->labels - zone.labels()) return zone.wildcard_hash();
    return nsec3_hash(WildcardName(asked.name->suffix(encloser)).view(), zone.hash_parameters());
}
} // namespace

bool DenialWriter::put(Zone const& zone, Asked const& asked, Node const* node, std::uint16_t type)
{
    auto const end = written_.begin() + count_;
    if (!node || std::find(written_.begin(), end, node) != end || count_ == most_records) return true;
    auto const* set = node->find(type);
    if (!set) return true;
    written_[count_++] = node;
    return writer_.put_spelled(zone, *node, *set, asked, Section::authority);
}

bool DenialWriter::put_nsec(Zone const& zone, Asked const& asked, std::string_view name)
{
    return put(zone, asked, zone.nsec_at_or_before(OrderKey(name)), type_nsec);
}

/// The record of the hash, or the one that covers it.
bool DenialWriter::put_hash(Zone const& zone, Asked const& asked, HashLabel const& hash)
{
    return put(zone, asked, zone.nsec3_at_or_before(OrderKey(view(hash))), type_nsec3);
}

/// RFC 5155 7.2.1: the closest encloser that has a record (with opt-out not every name has), and, when it is not the
/// name asked for, what covers the name one label longer. Gives that encloser's label; nothing: no room.
std::optional<std::size_t> DenialWriter::put_encloser(Zone const& zone, Asked const& asked, std::size_t encloser)
{
    auto const top = asked.name->labels - zone.labels();
    for (;; ++encloser) {
        auto const* node = zone.find_hash_name(view(hash_of(zone, asked, encloser)));
        if (node && !put(zone, asked, node, type_nsec3)) return std::nullopt;
        if (node || encloser == top) break;
    }
    bool const fits = encloser == 0 || put_hash(zone, asked, hash_of(zone, asked, encloser - 1));
    return fits ? std::optional(encloser) : std::nullopt;
}

bool DenialWriter::no_type(Zone const& zone, Asked const& asked, std::size_t label, Node const& node)
{
    switch (zone.denial()) {
    case Denial::none: return true;
    case Denial::nsec: // an empty non-terminal has none: the one before it shows that there is something below
        return node.find(type_nsec) ? put(zone, asked, &node, type_nsec)
                                    : put_nsec(zone, asked, zone.relative(*asked.name, label));
    case Denial::nsec3: {
        auto const hash = hash_of(zone, asked, label);
        if (auto const* own = zone.find_hash_name(view(hash))) return put(zone, asked, own, type_nsec3);
        return put_encloser(zone, asked, label).has_value(); // a delegation that was opted out
    }
    }
    return true;
}

bool DenialWriter::no_name(Zone const& zone, Asked const& asked, std::size_t encloser)
{
    if (zone.denial() == Denial::nsec) {
        WildcardName const wildcard(zone.relative(*asked.name, encloser));
        return put_nsec(zone, asked, zone.relative(*asked.name, 0)) && put_nsec(zone, asked, wildcard.view());
    }
    return no_type_of_wildcard(zone, asked, encloser);
}

bool DenialWriter::no_closer_name(Zone const& zone, Asked const& asked, std::size_t encloser)
{
    switch (zone.denial()) {
    case Denial::none: return true;
    case Denial::nsec: return put_nsec(zone, asked, zone.relative(*asked.name, 0));
    case Denial::nsec3: return put_hash(zone, asked, hash_of(zone, asked, encloser - 1));
    }
    return true;
}

bool DenialWriter::no_type_of_wildcard(Zone const& zone, Asked const& asked, std::size_t encloser)
{
    switch (zone.denial()) {
    case Denial::none: return true;
    case Denial::nsec: return no_name(zone, asked, encloser);
    case Denial::nsec3: {
        auto const proven = put_encloser(zone, asked, encloser);
        return proven && put_hash(zone, asked, hash_of_wildcard(zone, asked, *proven));
    }
    }
    return true;
}

} // namespace dnsd
