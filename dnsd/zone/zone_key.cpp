#include "dnsd/zone/zone_key.h"

#include "dnsd/zone/name.h"

#include <array>

namespace dnsd
{

namespace
{
constexpr char escape = '\1'; ///< before 1 (meant: 0) and 2 (meant: 1), so that 0 ends labels only

void add_label_to(std::string& key, std::string_view label)
{
    for (char const c : label) {
        if (c == '\0' || c == escape) {
            key += escape;
            key += static_cast<char>(c + 1);
        } else {
            key += c;
        }
    }
    key += '\0';
}

/// The label at the front of `key`, unescaped; `key` goes on behind it.
std::string take_label(std::string_view& key)
{
    std::string label;
    while (!key.empty() && key[0] != '\0') {
        char c = key[0];
        key.remove_prefix(1);
        if (c == escape && !key.empty()) {
            c = static_cast<char>(key[0] - 1);
            key.remove_prefix(1);
        }
        label += c;
    }
    if (!key.empty()) key.remove_prefix(1);
    return label;
}
} // namespace

std::string zone_key(std::string_view name, std::string_view zone)
{
    std::array<std::string_view, most_labels> labels;
    std::size_t count = 0;
    for (; name.size() > zone.size() && count < labels.size(); name = parent(name))
        labels[count++] = name.substr(1, byte_at(name, 0));
    std::string key;
    while (count > 0) add_label_to(key, labels[--count]);
    return key;
}

std::string key_name(std::string_view key, std::string_view zone)
{
    std::string name(zone);
    while (!key.empty()) {
        auto const label = take_label(key);
        name.insert(0, static_cast<char>(label.size()) + label);
    }
    return name;
}

std::string_view parent_key(std::string_view key)
{
    if (key.empty()) return key;
    auto const end = key.substr(0, key.size() - 1).rfind('\0');
    return end == std::string_view::npos ? std::string_view() : key.substr(0, end + 1);
}

bool is_wildcard_key(std::string_view key)
{
    return key.substr(parent_key(key).size()) == std::string_view("*\0", 2);
}

std::string key_after_all_below(std::string_view key)
{
    // A label has at most 63 octets, and each key ends with a zero: nothing sorts behind this.
    if (key.empty()) return std::string(longest_label + 1, '\xFF');
    std::string end(key);
    end.back() = '\1';
    return end;
}

} // namespace dnsd
