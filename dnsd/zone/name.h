#pragma once
// Domain names in wire form (RFC 1035 3.1): length-prefixed labels, lower case, ending with the root's zero byte,
// never compressed. They are kept in std::string; this file turns them into text and back, and takes them apart.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

inline constexpr std::size_t longest_name = 255; ///< octets in wire form
inline constexpr std::size_t longest_label = 63;
inline constexpr std::size_t most_labels = 128; ///< 127 labels of one octet, and the root

constexpr char lower_byte(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr std::size_t byte_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

/// What is wrong with a name as text.
enum class NameFault { none, empty, empty_label, label_too_long, too_long, bad_escape };

/// Absolute text ("www.sch.id.", escapes \. and \DDD as in zone files) to wire form.
struct WireName {
    std::string wire;
    NameFault fault = NameFault::none;
};
WireName wire_name(std::string_view text);
/// The wire form of a name that is known to be good; the root for anything else.
std::string must_wire_name(std::string_view text);

/// Wire form to absolute text, with escapes.
std::string show_name(std::string_view wire);

/// The name without its first label; the root stays the root.
std::string_view parent(std::string_view wire);
std::size_t count_labels(std::string_view wire);
/// `name` is `zone` or below it. Both in lower case.
bool is_below_or_same(std::string_view name, std::string_view zone);
/// The first label is "*".
bool starts_with_wildcard(std::string_view wire);

/// A hash that can be made from the root towards the leaf, label by label, so that one walk gives those of all
/// suffixes.
using NameHash = std::uint64_t;
inline constexpr NameHash root_hash = 0x9E3779B97F4A7C15U;
constexpr NameHash add_label(NameHash hash, std::string_view label)
{
    for (char const c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    hash = (hash ^ (label.size() << 8U)) * 0xD6E8FEB86659FD93U;
    return hash ^ (hash >> 32U);
}
/// Of a whole name in wire form.
NameHash hash_name(std::string_view wire);

} // namespace dnsd
