#pragma once
// The school's first web page, to be replaced by the school's own.

#include "appliance/base/result.h"

#include <string>

namespace setup
{

/// Writes site/index.html with the school's name unless there is a page already.
base::Result<void> write_first_page(std::string const& state, std::string const& school_name,
                                    std::string const& domain);

/// For text inside HTML.
std::string html_escaped(std::string_view text);

} // namespace setup
