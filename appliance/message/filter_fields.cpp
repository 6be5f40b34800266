#include "appliance/message/filter_fields.h"

#include "appliance/base/cursor.h"
#include "appliance/message/header.h"

#include <algorithm>

namespace message
{

namespace
{
constexpr base::ByteSet field_name_chars = base::ByteSet::range(0x21, 0x7E).without(base::ByteSet(":"));
}

std::optional<std::string> try_filter_plain_fields(std::string_view header, FieldChoice const& is_wanted)
{
    std::string lines;
    lines.reserve(header.size());
    bool wanted = false;
    bool begun = false;
    while (!header.empty()) {
        auto const end = header.find('\n');
        if (end == std::string_view::npos || end == 0 || header[end - 1] != '\r') return std::nullopt;
        auto const line = header.substr(0, end + 1);
        header.remove_prefix(end + 1);
        if (line.size() == 2) return lines += "\r\n";
        if (line[0] != ' ' && line[0] != '\t') {
            auto const name = line.substr(0, std::min(line.find(':'), line.size()));
            for (char const c : name)
                if (!field_name_chars.contains(c)) return std::nullopt;
            if (name.empty()) return std::nullopt;
            wanted = is_wanted(name);
            begun = true;
        } else if (!begun) {
            return std::nullopt;
        }
        if (wanted) lines += line;
    }
    return std::nullopt;
}

std::string filter_fields(std::string_view header, FieldChoice const& is_wanted)
{
    if (auto plain = try_filter_plain_fields(header, is_wanted)) return std::move(*plain);
    std::string lines;
    auto const parsed = Header::parse(header);
    for (auto const& field : parsed.fields()) {
        if (!is_wanted(field.name)) continue;
        lines += header.substr(field.begin, field.end - field.begin);
        if (lines.empty() || lines.back() != '\n') lines += "\r\n";
    }
    return lines + "\r\n";
}

} // namespace message
