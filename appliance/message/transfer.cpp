#include "appliance/message/transfer.h"

#include "appliance/base/text.h"

#include <array>

namespace message
{

namespace
{
constexpr std::size_t column_max = 76; // RFC 2045 6.7, 6.8

constexpr std::array<std::int8_t, 256> base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    std::string_view const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}();

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

void append_hex(std::string& out, char byte)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    auto const value = static_cast<unsigned char>(byte);
    out += '=';
    out += hex[value >> 4];
    out += hex[value & 15];
}

/// "=41" and plain bytes; a "=" without two hexadecimal digits stays.
void decode_escapes(std::string_view text, std::string& out)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
}

bool must_escape(std::string_view line, std::size_t i)
{
    auto const byte = static_cast<unsigned char>(line[i]);
    if (byte == ' ' || byte == '\t') return i + 1 == line.size();
    if (byte == '.' && line.size() == 1) return true;        // a lone dot ends DATA in careless programs
    if (i == 0 && line.substr(0, 5) == "From ") return true; // mbox files would quote it
    return byte < 33 || byte > 126 || byte == '=';
}

void encode_line(std::string_view line, std::string& out)
{
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        bool const escape = must_escape(line, i);
        std::size_t const width = escape ? 3 : 1;
        std::size_t const room = i + 1 == line.size() ? column_max : column_max - 1;
        if (column + width > room) {
            out += "=\r\n";
            column = 0;
        }
        if (escape)
            append_hex(out, line[i]);
        else
            out += line[i];
        column += width;
    }
}
} // namespace

TransferDecoder::TransferDecoder(std::string_view encoding) : encoding_(Encoding::identity)
{
    encoding = base::trim(encoding);
    if (base::equal_ignoring_case(encoding, "base64")) encoding_ = Encoding::base64;
    if (base::equal_ignoring_case(encoding, "quoted-printable")) encoding_ = Encoding::quoted_printable;
}

void TransferDecoder::feed(std::string_view bytes, std::string& out)
{
    switch (encoding_) {
    case Encoding::identity: out += bytes; break;
    case Encoding::base64: feed_base64(bytes, out); break;
    case Encoding::quoted_printable: feed_quoted_printable(bytes, out); break;
    }
}

void TransferDecoder::finish(std::string& out)
{
    if (!pending_line_.empty()) quoted_printable_line(pending_line_, out);
    pending_line_.clear();
    bits_ = bit_count_ = 0;
}

void TransferDecoder::feed_base64(std::string_view bytes, std::string& out)
{
    out.reserve(out.size() + bytes.size() / 4 * 3);
    for (char const c : bytes) {
        int const value = base64_values[static_cast<unsigned char>(c)];
        if (c == '=') bits_ = bit_count_ = 0; // the end of one text; another may follow (seen in joined attachments)
        if (value < 0) continue;
        bits_ = (bits_ << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
        bit_count_ += 6;
        if (bit_count_ < 8) continue;
        bit_count_ -= 8;
        out += static_cast<char>((bits_ >> bit_count_) & 0xFF);
    }
}

void TransferDecoder::feed_quoted_printable(std::string_view bytes, std::string& out)
{
    while (!bytes.empty()) {
        std::size_t const newline = bytes.find('\n');
        if (newline == std::string_view::npos) {
            pending_line_ += bytes;
            return;
        }
        if (pending_line_.empty()) {
            quoted_printable_line(bytes.substr(0, newline + 1), out);
        } else {
            pending_line_ += bytes.substr(0, newline + 1);
            quoted_printable_line(pending_line_, out);
            pending_line_.clear();
        }
        bytes.remove_prefix(newline + 1);
    }
}

/// RFC 2045 6.7: one line with its end (if it has one). Blanks at the end were added on the way; "=" there joins
/// lines.
void TransferDecoder::quoted_printable_line(std::string_view line, std::string& out)
{
    std::string_view text = line;
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.size() < line.size() && !text.empty() && text.back() == '\r') text.remove_suffix(1);
    std::string_view const line_end = line.substr(text.size());
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    bool const soft = !text.empty() && text.back() == '=';
    if (soft) text.remove_suffix(1);
    decode_escapes(text, out);
    if (!soft) out += line_end;
}

std::string decode_transfer(std::string_view bytes, std::string_view encoding)
{
    TransferDecoder decoder(encoding);
    std::string out;
    decoder.feed(bytes, out);
    decoder.finish(out);
    return out;
}

std::string decode_base64(std::string_view text) { return decode_transfer(text, "base64"); }
std::string decode_quoted_printable(std::string_view text) { return decode_transfer(text, "quoted-printable"); }

std::string encode_base64_lines(std::string_view bytes)
{
    constexpr std::size_t bytes_a_line = column_max / 4 * 3;
    std::string out;
    out.reserve(bytes.size() / 3 * 4 + bytes.size() / bytes_a_line * 2 + 8);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes_a_line, bytes.size()))) {
        out += base::base64(bytes.substr(0, bytes_a_line));
        out += "\r\n";
    }
    return out;
}

std::string encode_quoted_printable(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    while (!text.empty()) {
        std::size_t const newline = text.find('\n');
        bool const ends = newline != std::string_view::npos;
        std::string_view line = text.substr(0, newline);
        text.remove_prefix(ends ? newline + 1 : text.size());
        if (ends && !line.empty() && line.back() == '\r') line.remove_suffix(1);
        encode_line(line, out);
        if (ends) out += "\r\n";
    }
    return out;
}

} // namespace message
