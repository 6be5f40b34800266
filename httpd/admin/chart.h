#pragma once
// Mail per day as bars, drawn here as SVG: every number of it also stands in the table beside it.

#include "httpd/admin/desk.h"

namespace httpd::admin
{

/// Fills the template _mail_chart.html from what 'kotakpos statistics --json' says.
void set_mail_chart(Exchange const& exchange, Data& data, Object const& statistics);

} // namespace httpd::admin
