#pragma once
// The automatic answer (RFC 3834) as a form. Given by maild at delivery.

#include "httpd/exchange.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace httpd::webmail
{

/// What date fields send: "2026-11-29". Nothing for what is no day between 1970 and 2199.
std::optional<std::chrono::year_month_day> parse_day(std::string_view text);
/// The same the other way.
std::string show_day(std::chrono::year_month_day day);

} // namespace httpd::webmail
