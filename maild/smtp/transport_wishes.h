#pragma once
// What a client may ask of the transport with parameters of MAIL: DELIVERBY (RFC 2852), NO-SOLICITING (RFC 3865),
// FUTURERELEASE (RFC 4865), MT-PRIORITY (RFC 6710), REQUIRETLS (RFC 8689). Parses; what is granted is in
// extensions.cpp.

#include "appliance/base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::smtp
{

struct TransportWishes {
    struct By {
        std::int64_t seconds = 0; ///< may be negative: late already
        bool returns = false;     ///< by-mode R, else N
        bool trace = false;
    };
    std::optional<By> by;
    std::optional<std::uint64_t> hold_for; ///< seconds
    std::optional<base::Timestamp> hold_until;
    std::optional<int> priority; ///< -9 to 9
    bool require_tls = false;
    std::vector<std::string> solicitations; ///< classes of SOLICIT
};

/// One parameter, its keyword in capitals. False: it is none of these. Throws ClientError for a bad value.
bool take_wish(TransportWishes& wishes, std::string_view keyword, std::string_view value);

/// The classes in SOLICIT, in a Solicitation field or in the setting: words with commas or blanks between them.
std::vector<std::string> parse_solicitations(std::string_view text);

/// date-time of RFC 3339 5.6, with any zone.
std::optional<base::Timestamp> parse_rfc3339(std::string_view text);

} // namespace maild::smtp
