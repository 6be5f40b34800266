#pragma once
// The style attribute of HTML mail, reduced to declarations that only change how a text looks.

#include <string>
#include <string_view>

namespace httpd::html
{

/// "property: value; ..." with what is allowed; "" when nothing is left. Nothing of the result loads, moves out of
/// its place or runs.
std::string safe_style(std::string_view style);

/// A colour as HTML's bgcolor and color attributes and CSS take it: a name, #rgb, #rrggbb.
bool is_color(std::string_view value);

} // namespace httpd::html
