#include "maild/imap/utf7.h"

#include "appliance/base/text.h"

#include <cstdint>

namespace maild::imap
{

namespace
{
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

char byte(std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); }

void append_utf8(std::string& to, std::uint32_t c)
{
    if (c < 0x80) {
        to += byte(c);
    } else if (c < 0x800) {
        to += byte(0xC0 | (c >> 6));
        to += byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        to += byte(0xE0 | (c >> 12));
        to += byte(0x80 | ((c >> 6) & 0x3F));
        to += byte(0x80 | (c & 0x3F));
    } else {
        to += byte(0xF0 | (c >> 18));
        to += byte(0x80 | ((c >> 12) & 0x3F));
        to += byte(0x80 | ((c >> 6) & 0x3F));
        to += byte(0x80 | (c & 0x3F));
    }
}

/// The next character of well-formed UTF-8; moves the view behind it.
std::uint32_t take_character(std::string_view& text)
{
    auto const size = base::utf8_sequence(text);
    auto const at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    std::uint32_t c = at(0);
    if (size == 2) c = (at(0) & 0x1F) << 6 | (at(1) & 0x3F);
    if (size == 3) c = (at(0) & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F);
    if (size == 4) c = (at(0) & 0x07) << 18 | (at(1) & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F);
    text.remove_prefix(size == 0 ? 1 : size);
    return c;
}

/// UTF-16 units of one base64 run, pairs of surrogates put together.
class Utf16Reader
{
public:
    /// False: not legal here.
    bool add(std::uint32_t unit, std::string& to)
    {
        bool const is_low = unit >= 0xDC00 && unit < 0xE000;
        if (high_ != 0) {
            if (!is_low) return false;
            append_utf8(to, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
            high_ = 0;
            return true;
        }
        if (is_low || (unit >= 0x20 && unit < 0x7F) || unit < 0x20) return false; // printable ASCII stands for itself
        if (unit >= 0xD800 && unit < 0xDC00)
            high_ = unit;
        else
            append_utf8(to, unit);
        return true;
    }
    bool complete() const { return high_ == 0; }

private:
    std::uint32_t high_ = 0;
};

bool decode_run(std::string_view run, std::string& to)
{
    Utf16Reader reader;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char const c : run) {
        auto const value = alphabet.find(c);
        if (value == std::string_view::npos) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 16) continue;
        count -= 16;
        if (!reader.add(bits >> count & 0xFFFF, to)) return false;
        bits &= (1U << count) - 1;
    }
    return count < 6 && bits == 0 && reader.complete();
}

void encode_run(std::u16string const& run, std::string& to)
{
    to += '&';
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char16_t const unit : run) {
        bits = bits << 16 | unit;
        count += 16;
        while (count >= 6) {
            count -= 6;
            to += alphabet[bits >> count & 0x3F];
        }
        bits &= (1U << count) - 1;
    }
    if (count > 0) to += alphabet[bits << (6 - count) & 0x3F];
    to += '-';
}
} // namespace

std::optional<std::string> from_modified_utf7(std::string_view text)
{
    if (!base::is_ascii(text) && !base::is_utf8(text)) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7F) return std::nullopt;
        if (c != '&') {
            out += text[i];
            continue;
        }
        auto const end = text.find('-', i);
        if (end == std::string_view::npos) return std::nullopt;
        auto const run = text.substr(i + 1, end - i - 1);
        if (run.empty())
            out += '&';
        else if (!decode_run(run, out))
            return std::nullopt;
        i = end;
    }
    return out;
}

std::string to_modified_utf7(std::string_view utf8)
{
    std::string out;
    std::u16string run;
    auto const end_run = [&] {
        if (!run.empty()) encode_run(run, out);
        run.clear();
    };
    while (!utf8.empty()) {
        auto const c = take_character(utf8);
        if (c >= 0x20 && c < 0x7F) {
            end_run();
            out += byte(c);
            if (c == '&') out += '-';
        } else if (c >= 0x10000) {
            run += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
            run += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            run += static_cast<char16_t>(c);
        }
    }
    end_run();
    return out;
}

} // namespace maild::imap
