#include "appliance/base/text.h"

#include "appliance/base/cursor.h"

#include <array>
#include <cstdio>

namespace base
{

namespace
{
constexpr char lower_one(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char upper_one(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_letters.size(); ++i)
        values[static_cast<unsigned char>(base64_letters[i])] = static_cast<std::int8_t>(i);
    return values;
}();

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    char const l = lower_one(c);
    if (l >= 'a' && l <= 'f') return l - 'a' + 10;
    return -1;
}
} // namespace

std::size_t utf8_sequence(std::string_view text)
{
    if (text.empty()) return 0;
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    unsigned const first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        unsigned const low = first == 0xE0 ? 0xA0 : 0x80;
        unsigned const high = first == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        unsigned const low = first == 0xF0 ? 0x90 : 0x80;
        unsigned const high = first == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = lower_one(c);
    return result;
}

std::string upper(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = upper_one(c);
    return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower_one(a[i]) != lower_one(b[i])) return false;
    return true;
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_ascii(std::string_view text)
{
    for (char const c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        auto const length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        auto const at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> parts;
    for (auto const part : split(text, ','))
        if (auto const trimmed = trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
    return parts;
}

std::string join(std::vector<std::string> const& parts, std::string_view separator)
{
    std::string result;
    for (auto const& part : parts) {
        if (!result.empty()) result += separator;
        result += part;
    }
    return result;
}

std::string format(std::string_view pattern, std::vector<std::string> const& arguments)
{
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}' && pattern[i + 1] >= '1' &&
            pattern[i + 1] <= '9') {
            auto const index = static_cast<std::size_t>(pattern[i + 1] - '1');
            if (index < arguments.size()) {
                result += arguments[index];
                i += 2;
                continue;
            }
        }
        result += pattern[i];
    }
    return result;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to)
{
    if (from.empty()) return text;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most)
{
    Cursor cursor(text);
    auto const number = cursor.take_number(most);
    if (!cursor.at_end()) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    Cursor cursor(text);
    auto const number = cursor.take_number(UINT64_MAX >> 31);
    if (!number) return std::nullopt;
    unsigned shift = 0;
    if (cursor.take("K"))
        shift = 10;
    else if (cursor.take("M"))
        shift = 20;
    else if (cursor.take("G"))
        shift = 30;
    if (shift != 0) cursor.take("B");
    if (!cursor.at_end()) return std::nullopt;
    return *number << shift;
}

std::string show_size(std::uint64_t bytes)
{
    constexpr std::string_view units[] = {"B", "KB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    char buffer[32];
    int const decimals = unit > 0 && value < 9.95 ? 1 : 0;
    std::snprintf(buffer, sizeof buffer, "%.*f ", decimals, value);
    return buffer + std::string(units[unit]);
}

namespace
{
struct DurationUnit {
    char letter;
    std::uint64_t seconds;
};
constexpr DurationUnit duration_units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
} // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text)
{
    Cursor cursor(text);
    auto const number = cursor.take_number(UINT32_MAX);
    if (!number) return std::nullopt;
    if (cursor.at_end()) return *number;
    for (auto const& unit : duration_units)
        if (cursor.take(std::string_view(&unit.letter, 1)))
            return cursor.at_end() ? std::optional(*number * unit.seconds) : std::nullopt;
    return std::nullopt;
}

std::string show_duration(std::uint64_t seconds)
{
    for (auto const& unit : duration_units)
        if (seconds > 0 && seconds % unit.seconds == 0) return std::to_string(seconds / unit.seconds) + unit.letter;
    return "0s";
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view letters_of_hex = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        result += letters_of_hex[byte >> 4];
        result += letters_of_hex[byte & 15];
    }
    return result;
}

std::optional<std::string> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0) return std::nullopt;
    std::string result;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int const high = hex_value(text[i]);
        int const low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        result += static_cast<char>(high * 16 + low);
    }
    return result;
}

std::string base64(std::string_view bytes)
{
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        result += base64_letters[group >> 18];
        result += base64_letters[group >> 12 & 63];
        result += i + 1 < bytes.size() ? base64_letters[group >> 6 & 63] : '=';
        result += i + 2 < bytes.size() ? base64_letters[group & 63] : '=';
    }
    return result;
}

std::optional<std::string> from_base64(std::string_view text)
{
    if (text.size() % 4 != 0) return std::nullopt;
    std::string result;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t group = 0;
        int padding = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            char const c = text[i + k];
            if (c == '=' && i + 4 == text.size() && k >= 2) {
                ++padding;
                group <<= 6;
                continue;
            }
            int const value = base64_values[static_cast<unsigned char>(c)];
            if (value < 0 || padding > 0) return std::nullopt;
            group = group << 6 | static_cast<std::uint32_t>(value);
        }
        result += static_cast<char>(group >> 16 & 255);
        if (padding < 2) result += static_cast<char>(group >> 8 & 255);
        if (padding < 1) result += static_cast<char>(group & 255);
    }
    return result;
}

std::string quoted_for_log(std::string_view text, std::size_t most)
{
    constexpr ByteSet plain = letters | digits | ByteSet("-_.:/@+,[]<>");
    bool needs_quotes = text.empty() || text.size() > most;
    for (char const c : text.substr(0, most)) needs_quotes = needs_quotes || !plain.contains(c);
    if (!needs_quotes) return std::string(text);
    std::string result = "\"";
    for (char const c : text.substr(0, most)) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (byte < 0x20 || byte >= 0x7F) {
            result += "\\x" + hex(std::string_view(&c, 1));
        } else {
            result += c;
        }
    }
    if (text.size() > most) result += "...";
    return result + "\"";
}

std::string json_string(std::string_view text)
{
    std::string result = "\"";
    while (!text.empty()) {
        auto const length = utf8_sequence(text);
        char const c = text.front();
        if (length == 0) {
            result += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            result += "\\u00" + hex(std::string_view(&c, 1));
        else
            result += text.substr(0, length);
        text.remove_prefix(length);
    }
    return result + "\"";
}

} // namespace base
