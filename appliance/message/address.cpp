#include "appliance/message/address.h"

#include "appliance/base/text.h"
#include "appliance/net/address.h"

namespace message
{

namespace
{
constexpr std::size_t label_max = 63; // RFC 1035 2.3.4

constexpr base::ByteSet eight_bit = base::ByteSet::range(128, 255);
// RFC 5321 4.1.2 Atom (RFC 5322 atext); RFC 6531 3.3 adds 8-bit.
constexpr base::ByteSet atom_bytes = base::letters | base::digits | base::ByteSet("!#$%&'*+-/=?^_`{|}~");
constexpr base::ByteSet utf8_atom_bytes = atom_bytes | eight_bit;
// RFC 5321 4.1.2 qtextSMTP.
constexpr base::ByteSet quoted_bytes = base::ByteSet::range(32, 126).without(base::ByteSet("\"\\"));
// RFC 5321 sub-domain; "_" is against it but common in names of machines.
constexpr base::ByteSet label_bytes = base::letters | base::digits | base::ByteSet("-_");

using Text = base::Result<std::string, AddressFault>;

bool is_dot_string(std::string_view text)
{
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
        return false;
    for (char const c : text)
        if (!utf8_atom_bytes.contains(c) && c != '.') return false;
    return true;
}

/// The fault where the grammar does not go on: a byte above 127 that SMTPUTF8 would allow, or plain nonsense.
AddressFault fault_at(base::Cursor const& cursor, Utf8 utf8)
{
    bool const missing_utf8 = utf8 == Utf8::refuse && !cursor.at_end() && eight_bit.contains(cursor.peek());
    return missing_utf8 ? AddressFault::needs_smtputf8 : AddressFault::syntax;
}

Text parse_quoted_string(base::Cursor& cursor, Utf8 utf8)
{
    std::string text;
    cursor.take('"');
    while (!cursor.take('"')) {
        if (cursor.take('\\')) {
            auto const pair = cursor.take_one(base::ByteSet::range(32, 126));
            if (!pair) return fault_at(cursor, utf8);
            text += *pair;
            continue;
        }
        auto const run = cursor.take_while(utf8 == Utf8::allow ? quoted_bytes | eight_bit : quoted_bytes);
        if (run.empty()) return fault_at(cursor, utf8);
        text += run;
    }
    return text;
}

Text parse_dot_string(base::Cursor& cursor, Utf8 utf8)
{
    std::string text;
    do {
        if (!text.empty()) text += '.';
        auto const atom = cursor.take_while(utf8 == Utf8::allow ? utf8_atom_bytes : atom_bytes);
        if (atom.empty()) return fault_at(cursor, utf8);
        text += atom;
    } while (cursor.take('.'));
    return text;
}

/// RFC 5321 Local-part.
Text parse_local_part(base::Cursor& cursor, Utf8 utf8)
{
    auto text = cursor.peek() == '"' ? parse_quoted_string(cursor, utf8) : parse_dot_string(cursor, utf8);
    if (!text) return text;
    if (utf8 == Utf8::refuse && !cursor.at_end() && eight_bit.contains(cursor.peek()))
        return AddressFault::needs_smtputf8;
    if (text->empty() || !base::is_utf8(*text)) return AddressFault::syntax;
    if (text->size() > local_part_max) return AddressFault::local_too_long;
    return text;
}

/// RFC 5321 4.1.3, only the two kinds that exist; comes back in the canonical spelling.
Text parse_address_literal(base::Cursor& cursor)
{
    cursor.take('[');
    bool const v6 = cursor.take("IPv6:");
    auto const text = cursor.take_until(base::ByteSet("]<>@ \r\n"));
    auto const address = net::IpAddress::parse(text);
    bool const looks_v6 = text.find(':') != std::string_view::npos;
    if (!address || v6 != looks_v6 || !cursor.take(']')) return AddressFault::syntax;
    return "[" + std::string(v6 ? "IPv6:" : "") + base::lower(v6 ? text : std::string_view(address->show())) + "]";
}

/// Obsolete "@a,@b:" in front of a mailbox: "SHOULD be ignored" (RFC 5321 4.1.2).
bool skip_source_route(base::Cursor& cursor, Utf8 utf8)
{
    if (cursor.peek() != '@') return true;
    do {
        if (!cursor.take('@') || !parse_domain(cursor, utf8)) return false;
    } while (cursor.take(','));
    return cursor.take(':');
}
} // namespace

base::Result<std::string, AddressFault> parse_domain(base::Cursor& cursor, Utf8 utf8)
{
    if (cursor.peek() == '[') return parse_address_literal(cursor);
    std::string domain;
    do {
        if (!domain.empty()) domain += '.';
        auto const label = cursor.take_while(utf8 == Utf8::allow ? label_bytes | eight_bit : label_bytes);
        if (label.empty()) return fault_at(cursor, utf8);
        if (label.front() == '-' || label.back() == '-') return AddressFault::syntax;
        if (label.size() > label_max) return AddressFault::domain_too_long;
        domain += base::lower(label);
    } while (cursor.take('.'));
    if (utf8 == Utf8::refuse && !cursor.at_end() && eight_bit.contains(cursor.peek()))
        return AddressFault::needs_smtputf8;
    if (domain.size() > domain_max) return AddressFault::domain_too_long;
    if (!base::is_utf8(domain)) return AddressFault::syntax;
    return domain;
}

base::Result<Address, AddressFault> parse_mailbox(base::Cursor& cursor, Utf8 utf8)
{
    auto local_part = parse_local_part(cursor, utf8);
    if (!local_part) return local_part.error();
    if (!cursor.take('@')) return AddressFault::syntax;
    auto domain = parse_domain(cursor, utf8);
    if (!domain) return domain.error();
    return Address{*std::move(local_part), *std::move(domain)};
}

base::Result<Address, AddressFault> parse_path(base::Cursor& cursor, PathKind kind, Utf8 utf8)
{
    if (!cursor.take('<')) return AddressFault::syntax;
    if (kind == PathKind::reverse && cursor.take('>')) return Address{};
    if (!skip_source_route(cursor, utf8)) return AddressFault::syntax;
    Address address;
    auto local_part = parse_local_part(cursor, utf8);
    if (!local_part) return local_part.error();
    address.local_part = *std::move(local_part);
    if (cursor.take('@')) {
        auto domain = parse_domain(cursor, utf8);
        if (!domain) return domain.error();
        address.domain = *std::move(domain);
    } else if (kind == PathKind::reverse) {
        return AddressFault::syntax;
    }
    if (!cursor.take('>')) return fault_at(cursor, utf8);
    if (address.path().size() > path_max) return AddressFault::path_too_long;
    return address;
}

std::optional<Address> Address::parse(std::string_view text, Utf8 utf8)
{
    base::Cursor cursor(text);
    auto address = parse_mailbox(cursor, utf8);
    if (!address || !cursor.at_end() || address->path().size() > path_max) return std::nullopt;
    return *std::move(address);
}

bool Address::is_ascii() const { return base::is_ascii(local_part) && base::is_ascii(domain); }

std::string Address::show() const
{
    if (is_null()) return {};
    std::string const local = quote_local_part(local_part);
    return domain.empty() ? local : local + '@' + domain;
}

std::string Address::path() const { return '<' + show() + '>'; }

std::string quote_local_part(std::string_view local_part)
{
    if (is_dot_string(local_part)) return std::string(local_part);
    std::string quoted = "\"";
    for (char const c : local_part) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue; // in no grammar: it would end the line
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

} // namespace message
