#pragma once
// A text to be read on a screen of its own, and a log that grows while one looks at it.

#include "setup-tui/admin/desk.h"

#include <functional>

namespace setup
{

/// Until Esc. `title` is an id, the text is finished.
void show_text(Desk& desk, std::string_view title, std::string_view text);

/// The same for lines that keep coming: `next` gives one without waiting, or nothing. At the end of the text the view
/// follows; a page up, and it stays where it is.
void follow_text(Desk& desk, std::string_view title, std::function<std::optional<std::string>()> const& next);

} // namespace setup
