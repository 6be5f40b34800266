#pragma once
// The words of a HTML text as a reader sees them, for previews and searching. Tags are dropped crudely; this is no
// sanitizer (httpd has that).

#include <string>
#include <string_view>

namespace message
{

/// Without tags, comments, styles and scripts; entities decoded; blocks parted by blanks, inline tags by nothing.
/// UTF-8 in and out. Linear time.
std::string visible_text(std::string_view html);

} // namespace message
