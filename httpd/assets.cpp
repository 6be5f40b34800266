#include "httpd/assets.h"

#include <algorithm>

namespace httpd
{

Asset const* find_asset(std::string_view name)
{
    auto const all = assets();
    auto const found = std::find_if(all.begin(), all.end(), [&](Asset const& asset) { return asset.name == name; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace httpd
