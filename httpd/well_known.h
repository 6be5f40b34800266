#pragma once
// What programs ask a mail domain's web server for, whatever the page: the policy of MTA-STS (RFC 8461 3.2),
// security.txt (RFC 9116), where a password is changed, and the settings of mail programs (mail_program.h).

#include "httpd/request.h"
#include "httpd/response.h"
#include "httpd/school.h"

#include <optional>

namespace httpd
{

/// Nothing: an ordinary page was asked for.
std::optional<Response> well_known(Request const& request, SchoolFacts const& school);

} // namespace httpd
