#pragma once
// What mail programs need to know, in each one's own words, so that address and password are enough: Thunderbird's
// autoconfig, Outlook's Autodiscover (XML and JSON), Apple's configuration profile. None of them says whether
// somebody exists, and none holds a password.

#include "httpd/exchange.h"

#include <string>
#include <string_view>

namespace httpd
{

Response autoconfig(SchoolFacts const& school);

/// MS-OXDSCLI: the answer to the XML that was posted, or to an empty question.
Response autodiscover(Request const& request, SchoolFacts const& school);
/// "Autodiscover version 2": tells where the other one is. `school`: knows the domain.
Response autodiscover_json(Request const& request, SchoolFacts const& school);

/// /mobileconfig?address=ali@DOMAIN, or without an address for whoever is logged in. Not signed: the box's
/// certificate comes from the school's own CA, which the device learns from this very profile.
Response mobileconfig(Exchange& exchange);
std::string profile_text(SchoolFacts const& school, std::string const& login, std::string const& ca_certificate);

} // namespace httpd
