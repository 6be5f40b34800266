#include "dnsd/zone/generate.h"

#include "appliance/base/text.h"

#include <array>
#include <cstdio>

namespace dnsd
{

namespace
{
constexpr std::size_t longest_result = 1100; ///< 255 octets, each as \DDD, and some
constexpr std::int64_t largest_width = 255;

struct Modifier {
    std::int64_t offset = 0;
    std::int64_t width = 0;
    char base = 'd';
};

std::optional<std::int64_t> read_signed(std::string_view word)
{
    bool const negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.remove_prefix(1);
    auto const number = base::parse_number(word, UINT32_MAX);
    if (!number) return std::nullopt;
    auto const value = static_cast<std::int64_t>(*number);
    return negative ? -value : value;
}

/// What stands between the braces.
std::optional<Modifier> read_modifier(std::string_view text)
{
    auto const parts = base::split(text, ',');
    if (parts.size() > 3) return std::nullopt;
    Modifier modifier;
    auto const offset = read_signed(parts[0]);
    auto const width = parts.size() > 1 ? read_signed(parts[1]) : 0;
    if (!offset || !width || *width < 0 || *width > largest_width) return std::nullopt;
    modifier.offset = *offset;
    modifier.width = *width;
    if (parts.size() == 3) {
        if (parts[2].size() != 1 || std::string_view("doxXnN").find(parts[2][0]) == std::string_view::npos)
            return std::nullopt;
        modifier.base = parts[2][0];
    }
    return modifier;
}

/// The digits from the last to the first with dots between them, as ip6.arpa names have them.
std::string show_nibbles(std::uint64_t value, std::int64_t width, bool upper)
{
    std::string_view const digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string text;
    do {
        text += digits[value & 15U];
        value >>= 4U;
        --width;
        if (value == 0 && width <= 0) break;
        text += '.';
        --width;
    } while (value != 0 || width > 0);
    return text;
}

std::optional<std::string> show_number(std::uint32_t number, Modifier const& modifier)
{
    auto const value = static_cast<std::int64_t>(number) + modifier.offset;
    if (value < 0) return std::nullopt;
    auto const positive = static_cast<std::uint64_t>(value);
    if (modifier.base == 'n' || modifier.base == 'N')
        return show_nibbles(positive, modifier.width, modifier.base == 'N');
    std::string digits;
    unsigned const base = modifier.base == 'd' ? 10 : modifier.base == 'o' ? 8 : 16;
    std::string_view const alphabet = modifier.base == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    for (auto rest = positive; rest > 0 || digits.empty(); rest /= base) digits.insert(0, 1, alphabet[rest % base]);
    auto const width = static_cast<std::size_t>(modifier.width);
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}
} // namespace

std::optional<GenerateRange> read_range(std::string_view word)
{
    auto const dash = word.find('-');
    auto const slash = word.find('/');
    if (dash == std::string_view::npos) return std::nullopt;
    auto const last_text = word.substr(dash + 1, slash == std::string_view::npos ? slash : slash - dash - 1);
    auto const first = base::parse_number(word.substr(0, dash), INT32_MAX);
    auto const last = base::parse_number(last_text, INT32_MAX);
    auto const step = slash == std::string_view::npos ? 1 : base::parse_number(word.substr(slash + 1), INT32_MAX);
    if (!first || !last || !step || *step == 0 || *first > *last) return std::nullopt;
    return GenerateRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last),
                         static_cast<std::uint32_t>(*step)};
}

std::optional<std::string> fill_in(std::string_view pattern, std::uint32_t number)
{
    std::string text;
    while (!pattern.empty() && text.size() <= longest_result) {
        char const c = pattern[0];
        pattern.remove_prefix(1);
        if (c == '\\' && !pattern.empty()) {
            if (pattern[0] != '$') text += c;
            text += pattern[0];
            pattern.remove_prefix(1);
        } else if (c != '$') {
            text += c;
        } else if (pattern.starts_with('$')) {
            text += c;
            pattern.remove_prefix(1);
        } else {
            Modifier modifier;
            if (pattern.starts_with('{')) {
                auto const end = pattern.find('}');
                if (end == std::string_view::npos) return std::nullopt;
                auto const read = read_modifier(pattern.substr(1, end - 1));
                if (!read) return std::nullopt;
                modifier = *read;
                pattern.remove_prefix(end + 1);
            }
            auto const shown = show_number(number, modifier);
            if (!shown) return std::nullopt;
            text += *shown;
        }
    }
    return text.size() <= longest_result ? std::optional(std::move(text)) : std::nullopt;
}

} // namespace dnsd
