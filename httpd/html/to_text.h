#pragma once
// HTML mail as plain text, for quoting it in a reply and for readers who want no HTML.

#include <string>
#include <string_view>

namespace httpd::html
{

/// Lines as a reader would see them; links keep their text only. Something too complex gives "".
std::string to_text(std::string_view html);

} // namespace httpd::html
