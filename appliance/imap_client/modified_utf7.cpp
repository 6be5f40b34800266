#include "appliance/imap_client/modified_utf7.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace imap_client
{

namespace
{
/// The code point at the front of well-formed UTF-8.
char32_t code_point(std::string_view sequence)
{
    auto const first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first;
    char32_t value = first & (0x7Fu >> sequence.size());
    for (char const c : sequence.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
    return value;
}

void append_unit(std::string& out, char32_t unit)
{
    out += static_cast<char>(unit >> 8);
    out += static_cast<char>(unit & 0xFF);
}

void append_utf16(std::string& out, char32_t point)
{
    if (point < 0x10000) return append_unit(out, point);
    append_unit(out, 0xD800 + ((point - 0x10000) >> 10));
    append_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
}

void append_utf8(std::string& out, char32_t point)
{
    auto const tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | (point >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Base64 with ',' for '/' and without padding, to UTF-8.
std::optional<std::string> decode_shifted(std::string text)
{
    std::replace(text.begin(), text.end(), ',', '/');
    while (text.size() % 4 != 0) text += '=';
    auto const utf16 = base::from_base64(text);
    if (!utf16 || utf16->size() % 2 != 0) return std::nullopt;
    std::string out;
    char32_t high = 0;
    for (std::size_t i = 0; i < utf16->size(); i += 2) {
        auto const unit = static_cast<char32_t>(static_cast<unsigned char>((*utf16)[i]) << 8 |
                                                static_cast<unsigned char>((*utf16)[i + 1]));
        bool const is_low = unit >= 0xDC00 && unit < 0xE000;
        if (is_low != (high != 0)) return std::nullopt;
        if (unit >= 0xD800 && unit < 0xDC00)
            high = unit;
        else
            append_utf8(out, is_low ? 0x10000 + ((std::exchange(high, 0) - 0xD800) << 10) + (unit - 0xDC00) : unit);
    }
    if (high != 0) return std::nullopt;
    return out;
}

std::string encode_shifted(std::string const& utf16)
{
    auto text = base::base64(utf16);
    std::replace(text.begin(), text.end(), '/', ',');
    while (text.ends_with('=')) text.pop_back();
    return "&" + text + "-";
}
} // namespace

std::string to_modified_utf7(std::string_view utf8)
{
    std::string out;
    std::string shifted;
    auto const flush = [&] {
        if (!shifted.empty()) out += encode_shifted(std::exchange(shifted, {}));
    };
    while (!utf8.empty()) {
        auto const length = std::max<std::size_t>(1, base::utf8_sequence(utf8));
        if (length == 1 && utf8[0] >= 0x20 && utf8[0] < 0x7f) {
            flush();
            out += utf8[0] == '&' ? "&-" : std::string(1, utf8[0]);
        } else {
            append_utf16(shifted, code_point(utf8.substr(0, length)));
        }
        utf8.remove_prefix(length);
    }
    flush();
    return out;
}

std::string from_modified_utf7(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto const shift = text.find('&');
        out += text.substr(0, shift);
        if (shift == std::string_view::npos) break;
        auto const end = text.find('-', shift);
        if (end == std::string_view::npos) return out + std::string(text.substr(shift));
        auto const inside = text.substr(shift + 1, end - shift - 1);
        auto const decoded = inside.empty() ? std::optional<std::string>("&") : decode_shifted(std::string(inside));
        out += decoded ? *decoded : std::string(text.substr(shift, end - shift + 1));
        text.remove_prefix(end + 1);
    }
    return out;
}

} // namespace imap_client
