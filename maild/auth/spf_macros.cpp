// RFC 7208 section 7.

#include "appliance/base/clock.h"
#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/auth/limits.h"
#include "maild/auth/spf_record.h"

#include <algorithm>

namespace maild::auth
{

namespace
{
constexpr base::ByteSet delimiter = base::ByteSet(".-+,/_=");
constexpr base::ByteSet unreserved = base::letters | base::digits | base::ByteSet("-._~");
constexpr base::ByteSet printable = base::ByteSet::range(0x21, 0x7E);

/// %{i}: dotted; each nibble of IPv6 by itself.
std::string dotted(net::IpAddress const& address)
{
    if (address.is_v4()) return address.show();
    std::vector<std::string> nibbles;
    for (char const c : base::hex({std::string(address.bytes().begin(), address.bytes().end())}))
        nibbles.emplace_back(1, c);
    return base::join(nibbles, ".");
}

/// The reverse domain's first part for %{v}.
std::string family(net::IpAddress const& address) { return address.is_v4() ? "in-addr" : "ip6"; }

std::optional<std::string> value_of(char letter, SpfMacros const& macros, SpfText kind)
{
    switch (letter) {
    case 's': return macros.sender;
    case 'l': return macros.local_part;
    case 'o': return macros.sender_domain;
    case 'd': return macros.domain;
    case 'i': return dotted(macros.ip);
    case 'p': return macros.validated;
    case 'v': return family(macros.ip);
    case 'h': return macros.helo;
    default: break;
    }
    if (kind == SpfText::domain) return std::nullopt;
    if (letter == 'c') return macros.ip.show();
    if (letter == 'r') return macros.receiver.empty() ? "unknown" : macros.receiver;
    if (letter == 't') return std::to_string(base::system_clock().now() / 1'000'000);
    return std::nullopt;
}

std::vector<std::string> split_at(std::string_view text, base::ByteSet const& separators)
{
    std::vector<std::string> parts(1);
    for (char const c : text) {
        if (separators.contains(c))
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

std::string url_escaped(std::string_view text)
{
    std::string escaped;
    for (char const c : text)
        escaped += unreserved.contains(c) ? std::string(1, c) : '%' + base::upper(base::hex({&c, 1}));
    return escaped;
}

/// Behind "%{".
std::optional<std::string> expand_one(base::Cursor& cursor, SpfMacros const& macros, SpfText kind)
{
    auto const letter = cursor.take_one(base::letters);
    auto const value = letter ? value_of(base::lower({&*letter, 1}).front(), macros, kind) : std::nullopt;
    if (!value) return std::nullopt;
    constexpr std::uint64_t most_labels = 128;
    bool const has_number = base::digits.contains(cursor.peek());
    auto const keep = cursor.take_number(most_labels);
    if (has_number && (!keep || *keep == 0)) return std::nullopt;
    bool const reversed = cursor.take('r') || cursor.take('R');
    auto const separators = cursor.take_while(delimiter);
    if (!cursor.take('}')) return std::nullopt;
    auto parts = split_at(*value, base::ByteSet(separators.empty() ? "." : separators));
    if (reversed) std::reverse(parts.begin(), parts.end());
    if (keep && parts.size() > *keep) parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(*keep));
    auto const text = base::join(parts, ".");
    return *letter < 'a' ? url_escaped(text) : text;
}
} // namespace

std::optional<std::string> expand_macros(std::string_view text, SpfMacros const& macros, SpfText kind)
{
    std::string expanded;
    base::Cursor cursor(text);
    while (!cursor.at_end() && expanded.size() <= limits::spf_record) {
        if (cursor.take(std::string_view("%{"))) {
            auto const value = expand_one(cursor, macros, kind);
            if (!value) return std::nullopt;
            expanded += *value;
        } else if (cursor.take(std::string_view("%%"))) {
            expanded += '%';
        } else if (cursor.take(std::string_view("%_"))) {
            expanded += ' ';
        } else if (cursor.take(std::string_view("%-"))) {
            expanded += "%20";
        } else {
            auto const c = cursor.peek();
            bool const allowed = printable.contains(c) || (kind == SpfText::explanation && c == ' ');
            if (c == '%' || !allowed) return std::nullopt;
            expanded += c;
            cursor.take_bytes(1);
        }
    }
    return expanded;
}

} // namespace maild::auth
