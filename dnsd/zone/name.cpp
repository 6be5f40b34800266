#include "dnsd/zone/name.h"

#include <array>

namespace dnsd
{

namespace
{
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes "\." or "\046" at the front of `text`; nothing when it is neither.
std::optional<char> take_escape(std::string_view& text)
{
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    if (!is_digit(text[0])) {
        char const c = text[0];
        text.remove_prefix(1);
        return c;
    }
    if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
    int const value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (value > 255) return std::nullopt;
    text.remove_prefix(3);
    return static_cast<char>(value);
}

bool add_wire_label(std::string& wire, std::string& label)
{
    wire += static_cast<char>(label.size());
    wire += label;
    label.clear();
    return wire.size() < longest_name;
}
} // namespace

WireName wire_name(std::string_view text)
{
    if (text.empty()) return {{}, NameFault::empty};
    if (text == ".") return {std::string(1, '\0'), NameFault::none};
    WireName name;
    std::string label;
    while (!text.empty()) {
        char c = text[0];
        if (c == '.') {
            if (label.empty()) return {{}, NameFault::empty_label};
            if (!add_wire_label(name.wire, label)) return {{}, NameFault::too_long};
            text.remove_prefix(1);
            continue;
        }
        if (c == '\\') {
            auto const escaped = take_escape(text);
            if (!escaped) return {{}, NameFault::bad_escape};
            c = *escaped;
        } else {
            text.remove_prefix(1);
        }
        if (label.size() == longest_label) return {{}, NameFault::label_too_long};
        label += lower_byte(c);
    }
    if (!label.empty() && !add_wire_label(name.wire, label)) return {{}, NameFault::too_long};
    name.wire += '\0';
    return name;
}

std::string must_wire_name(std::string_view text)
{
    auto name = wire_name(text);
    return name.fault == NameFault::none ? std::move(name.wire) : std::string(1, '\0');
}

std::string show_name(std::string_view wire)
{
    std::string text;
    while (!wire.empty() && wire[0] != '\0') {
        auto const size = byte_at(wire, 0);
        for (char const c : wire.substr(1, size)) {
            auto const value = static_cast<unsigned char>(c);
            if (value <= 0x20 || value >= 0x7F) {
                text += '\\';
                text += static_cast<char>('0' + value / 100);
                text += static_cast<char>('0' + value / 10 % 10);
                text += static_cast<char>('0' + value % 10);
                continue;
            }
            if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' || c == '$')
                text += '\\';
            text += c;
        }
        text += '.';
        wire.remove_prefix(std::min(size + 1, wire.size()));
    }
    return text.empty() ? "." : text;
}

std::string_view parent(std::string_view wire)
{
    if (wire.size() <= 1) return wire;
    return wire.substr(byte_at(wire, 0) + 1);
}

std::size_t count_labels(std::string_view wire)
{
    std::size_t count = 0;
    for (; wire.size() > 1; wire = parent(wire)) ++count;
    return count;
}

bool is_below_or_same(std::string_view name, std::string_view zone)
{
    while (name.size() > zone.size()) name = parent(name);
    return name == zone;
}

bool starts_with_wildcard(std::string_view wire) { return wire.size() > 2 && wire[0] == '\1' && wire[1] == '*'; }

NameHash hash_name(std::string_view wire)
{
    std::array<std::string_view, most_labels> labels;
    std::size_t count = 0;
    for (; wire.size() > 1; wire = parent(wire)) labels[count++] = wire.substr(1, byte_at(wire, 0));
    NameHash hash = root_hash;
    while (count > 0) hash = add_label(hash, labels[--count]);
    return hash;
}

} // namespace dnsd
