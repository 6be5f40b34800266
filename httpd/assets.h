#pragma once
// Files compiled into the program: templates, static files, the school page of the first day.

#include <span>
#include <string_view>

namespace httpd
{

struct Asset {
    std::string_view name; ///< "static/style.css"
    std::string_view bytes;
};

/// All of them, sorted by name.
std::span<Asset const> assets();
/// Null when there is none of that name.
Asset const* find_asset(std::string_view name);

} // namespace httpd
