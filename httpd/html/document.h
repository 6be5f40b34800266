#pragma once
// A parsed HTML document (gumbo, an HTML5 parser) with limits on memory and time. For the files of html/ only.

#include <cstddef>
#include <functional>
#include <gumbo.h>
#include <memory>
#include <string>
#include <string_view>

namespace httpd::html
{

/// Calls `visit` with the root of the parsed text (UTF-8). False when the parser needs more memory or time than
/// limits.h gives it: hostile nesting makes any HTML5 parser quadratic.
bool with_document(std::string const& text, std::function<void(GumboNode const& root)> const& visit);

/// The children of an element or document; none for other nodes.
std::size_t child_count(GumboNode const& node);
GumboNode const& child(GumboNode const& node, std::size_t index);
/// Text of a text-like node, else "".
std::string_view text_of(GumboNode const& node);
bool is_html_element(GumboNode const& node);

} // namespace httpd::html
