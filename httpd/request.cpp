#include "httpd/request.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"

namespace httpd
{

Host Host::parse(std::string_view value)
{
    constexpr std::size_t longest_name = 253;
    constexpr auto name_bytes = base::letters | base::digits | base::ByteSet("-._");
    constexpr auto v6_bytes = base::hex_digits | base::ByteSet(":.");
    base::Cursor cursor(value);
    Host host;
    if (cursor.take('[')) {
        auto const address = cursor.take_while(v6_bytes, longest_name);
        if (address.empty() || !cursor.take(']')) return {};
        host.name = "[" + base::lower(address) + "]";
    } else {
        host.name = base::lower(cursor.take_while(name_bytes, longest_name));
        if (host.name.ends_with('.')) host.name.pop_back();
    }
    if (cursor.take(':') && !cursor.at_end()) {
        auto const port = cursor.take_number(65535);
        if (!port) return {};
        host.port = static_cast<std::uint16_t>(*port);
    }
    if (!cursor.at_end()) return {};
    return host;
}

std::string_view Request::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (base::equal_ignoring_case(key, name)) return value;
    return {};
}

std::string_view Request::cookie(std::string_view name) const
{
    auto const found = cookies.find(name);
    return found == cookies.end() ? std::string_view() : std::string_view(found->second);
}

std::map<std::string, std::string, std::less<>> parse_cookies(std::string_view header)
{
    std::map<std::string, std::string, std::less<>> cookies;
    for (auto piece : base::split(header, ';')) {
        auto const equals = piece.find('=');
        if (equals == std::string_view::npos || cookies.size() >= limits::cookies) continue;
        cookies.emplace(base::trim(piece.substr(0, equals)), base::trim(piece.substr(equals + 1)));
    }
    return cookies;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path)
{
    if (!path.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    for (auto piece : base::split(path.substr(1), '/')) {
        auto segment = percent_decoded(piece);
        if (segment == ".." || segment == "." || segment.find('\0') != std::string::npos || !base::is_utf8(segment))
            return std::nullopt;
        segments.push_back(std::move(segment));
    }
    return segments;
}

} // namespace httpd
