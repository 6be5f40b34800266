#include "appliance/message/parameters.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/words.h"

#include <map>

namespace message
{

namespace
{
constexpr std::size_t piece_max = 60; // bytes of a value in one RFC 2231 piece: the line stays under 78

constexpr base::ByteSet blanks(" \t\r\n");
constexpr base::ByteSet visible = base::ByteSet::range(33, 126) | base::ByteSet::range(128, 255);
// RFC 2045 5.1 token; what is read may also hold 8-bit bytes.
constexpr base::ByteSet token_bytes = visible.without(base::ByteSet("()<>@,;:\\\"/[]?="));
constexpr base::ByteSet written_token = base::ByteSet::range(33, 126).without(base::ByteSet("()<>@,;:\\\"/[]?=%'*"));
// RFC 2231 section 7 attribute-char.
constexpr base::ByteSet attribute_bytes = base::letters | base::digits | base::ByteSet("!#$&+-.^_`{|}~");

/// A comment with its nested ones, or as much as there is of it (RFC 5322 3.2.2).
void skip_comment(base::Cursor& cursor)
{
    std::size_t depth = 0;
    do {
        if (cursor.take('(')) {
            ++depth;
        } else if (cursor.take(')')) {
            --depth;
        } else {
            cursor.take('\\');
            cursor.take_bytes(1);
        }
    } while (depth > 0 && !cursor.at_end());
}

void skip_blanks_and_comments(base::Cursor& cursor)
{
    for (;;) {
        cursor.take_while(blanks);
        if (cursor.peek() != '(') return;
        skip_comment(cursor);
    }
}

std::string take_quoted(base::Cursor& cursor)
{
    std::string value;
    cursor.take('"');
    while (!cursor.at_end() && !cursor.take('"')) {
        cursor.take('\\');
        auto const byte = cursor.take_bytes(1);
        if (byte && *byte != "\r" && *byte != "\n") value += *byte;
    }
    return value;
}

bool is_file_name(std::string_view name) { return name.substr(0, 4) == "name" || name.substr(0, 8) == "filename"; }

/// Unquoted: a file name may have blanks (against the rules, but common), everything else ends at one.
std::string take_bare(base::Cursor& cursor, std::string_view name)
{
    if (is_file_name(name)) return std::string(base::trim(cursor.take_until(base::ByteSet(";\r\n"))));
    return std::string(cursor.take_until(base::ByteSet(";( \t\r\n")));
}

/// The list after the value: "; name=value; name*=charset'language'value". What is no parameter is skipped.
Parameters take_parameters(base::Cursor& cursor)
{
    constexpr base::ByteSet semicolon(";");
    Parameters parameters;
    while (parameters.size() < parameters_max) {
        cursor.take_until(semicolon);
        if (!cursor.take(';')) break;
        skip_blanks_and_comments(cursor);
        std::string const name = base::lower(cursor.take_while(token_bytes));
        skip_blanks_and_comments(cursor);
        if (name.empty() || !cursor.take('=')) continue;
        skip_blanks_and_comments(cursor);
        parameters.push_back({name, cursor.peek() == '"' ? take_quoted(cursor) : take_bare(cursor, name)});
    }
    return parameters;
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string undo_percent(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// One "name*1*=" piece (RFC 2231 section 3 and 4).
struct Piece {
    std::string_view value;
    bool is_extended = false;
};

/// The pieces by number; a lone "name*=" is number 0.
std::map<std::uint64_t, Piece> pieces_of(Parameters const& parameters, std::string_view name)
{
    std::map<std::uint64_t, Piece> pieces;
    for (auto const& parameter : parameters) {
        base::Cursor cursor(parameter.name);
        if (!cursor.take(name) || !cursor.take('*')) continue;
        if (cursor.at_end()) {
            pieces[0] = {parameter.value, true};
            continue;
        }
        auto const number = cursor.take_number(parameters_max);
        bool const extended = cursor.take('*');
        if (number && cursor.at_end()) pieces.try_emplace(*number, Piece{parameter.value, extended});
    }
    return pieces;
}

/// RFC 2231: nothing when there is no first piece.
std::optional<std::string> joined(Parameters const& parameters, std::string_view name)
{
    auto const pieces = pieces_of(parameters, name);
    std::string bytes, charset;
    std::uint64_t next = 0;
    for (auto const& [number, piece] : pieces) {
        if (number != next++) break;
        std::string_view value = piece.value;
        if (number == 0 && piece.is_extended) {
            std::size_t const quote = value.find('\'');
            std::size_t const second = quote == std::string_view::npos ? quote : value.find('\'', quote + 1);
            if (second != std::string_view::npos) {
                charset = value.substr(0, quote);
                value.remove_prefix(second + 1);
            }
        }
        bytes += piece.is_extended ? undo_percent(value) : std::string(value);
    }
    if (pieces.find(0) == pieces.end()) return std::nullopt;
    return to_utf8(bytes, charset);
}

std::string with_percent(std::string_view bytes)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char const c : bytes) {
        auto const value = static_cast<unsigned char>(c);
        if (attribute_bytes.contains(c))
            out += c;
        else
            out.append("%").append(1, hex[value >> 4]).append(1, hex[value & 15]);
    }
    return out;
}

bool is_made_of(std::string_view text, base::ByteSet const& set)
{
    for (char const c : text)
        if (!set.contains(c)) return false;
    return true;
}

/// "; name*0*=utf-8''...; name*1*=..." cut between characters.
std::string in_pieces(std::string_view name, std::string_view utf8)
{
    std::vector<std::string> pieces(1);
    while (!utf8.empty()) {
        std::size_t const length = std::max<std::size_t>(base::utf8_sequence(utf8), 1);
        std::string const form = with_percent(utf8.substr(0, length));
        if (pieces.back().size() + form.size() > piece_max) pieces.emplace_back();
        pieces.back() += form;
        utf8.remove_prefix(length);
    }
    std::string out;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        out.append("; ").append(name).append("*");
        if (pieces.size() > 1) out.append(std::to_string(i)).append("*");
        out.append(i == 0 ? "=utf-8''" : "=").append(pieces[i]);
    }
    return out;
}
} // namespace

std::optional<std::string> decoded_parameter(Parameters const& parameters, std::string_view name)
{
    if (auto value = joined(parameters, name)) return value;
    for (auto const& parameter : parameters)
        if (base::equal_ignoring_case(parameter.name, name)) return decode_words(parameter.value);
    return std::nullopt;
}

std::string raw_parameter(Parameters const& parameters, std::string_view name)
{
    for (auto const& parameter : parameters)
        if (base::equal_ignoring_case(parameter.name, name)) return parameter.value;
    return {};
}

bool ContentType::is(std::string_view wanted_type, std::string_view wanted_subtype) const
{
    return type == wanted_type && subtype == wanted_subtype;
}

std::optional<ContentType> parse_content_type(std::string_view value)
{
    base::Cursor cursor(value);
    ContentType content;
    skip_blanks_and_comments(cursor);
    content.type = base::lower(cursor.take_while(token_bytes));
    skip_blanks_and_comments(cursor);
    if (content.type.empty() || !cursor.take('/')) return std::nullopt;
    skip_blanks_and_comments(cursor);
    content.subtype = base::lower(cursor.take_while(token_bytes));
    if (content.subtype.empty()) return std::nullopt;
    content.parameters = take_parameters(cursor);
    return content;
}

std::optional<Disposition> parse_disposition(std::string_view value)
{
    base::Cursor cursor(value);
    Disposition disposition;
    skip_blanks_and_comments(cursor);
    disposition.type = base::lower(cursor.take_while(token_bytes));
    if (disposition.type.empty()) return std::nullopt;
    disposition.parameters = take_parameters(cursor);
    return disposition;
}

std::string format_parameter(std::string_view name, std::string_view utf8)
{
    constexpr base::ByteSet printable = base::ByteSet::range(32, 126);
    if (!is_made_of(utf8, printable) || utf8.size() > piece_max) return in_pieces(name, guess_utf8(utf8));
    std::string out = "; " + std::string(name) + "=";
    if (!utf8.empty() && is_made_of(utf8, written_token)) return out.append(utf8);
    out += '"';
    for (char const c : utf8) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

} // namespace message
