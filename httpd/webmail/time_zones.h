#pragma once
// The time zones that a person can choose.

#include "httpd/webmail/settings.h"

namespace httpd::webmail
{

/// The school's first, then Indonesia's three, then the world by name.
std::vector<Option> zone_options(Exchange const& exchange);

} // namespace httpd::webmail
