#pragma once
// What the pages of somebody's own settings have in common: the links at the side, notices, refusals in words.

#include "appliance/base/error.h"
#include "httpd/exchange.h"

#include <string>
#include <utility>
#include <vector>

namespace httpd::webmail
{

/// frame_data() with the settings' pages at the side (`here`: "/settings/filters" is the open one) and the notice
/// that a redirect left.
Data settings_data(Exchange const& exchange, std::string const& title, std::string_view here);

/// "It is too short: use at least 8 letters or digits."
std::string fault_text(Exchange const& exchange, base::Error const& error);
void set_fault(Data& data, std::string const& text);

/// For a select: values with their labels, one of them chosen.
using Option = std::pair<std::string, std::string>;
DataList option_data(std::vector<Option> const& options, std::string_view chosen);

/// "/settings/devices?notice=added"
Response back_to(std::string_view page, std::string_view notice);

} // namespace httpd::webmail
