#pragma once
// Authentication-Results (RFC 8601): what was found, for everything downstream; and fields of others that speak in
// our name.

#include "maild/auth/arc.h"
#include "maild/auth/dmarc.h"

#include <string>
#include <string_view>

namespace maild::auth
{

struct Findings {
    SpfResult spf;      ///< of MAIL FROM
    SpfResult spf_helo; ///< of HELO
    std::string sender; ///< MAIL FROM
    std::string helo;
    std::vector<DkimResult> dkim;
    DmarcResult dmarc;
    ArcResult arc;
};

/// The field with its CRLF, folded. Nothing foreign comes into it unquoted.
std::string results_field(std::string_view authserv_id, Findings const& findings);
/// The field when nothing was looked at.
std::string no_results_field(std::string_view authserv_id);

/// The authserv-id of a field's value, in lower case; empty when there is none (RFC 8601 2.2).
std::string authserv_id_of(std::string_view value);
/// RFC 8601 5: where Authentication-Results fields stand that claim to be ours.
struct Place {
    std::size_t begin = 0;
    std::size_t end = 0; ///< behind the line end
};
std::vector<Place> forged_results(std::string_view header, std::string_view authserv_id);

} // namespace maild::auth
