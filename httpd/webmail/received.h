#pragma once
// The way of a message as its Received lines tell it (RFC 5321 4.4): who took it from whom, when, how. Each server
// writes what it likes and a liar may have written the first ones; everything here is taken as a claim.

#include "appliance/base/clock.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace httpd::webmail
{

/// One station: a server that took the message. What a line does not say is empty.
struct Hop {
    std::string from;         ///< what the sender called itself (HELO)
    std::string from_name;    ///< what its address is called (reverse DNS)
    std::string from_address; ///< its IP address
    std::string by;           ///< who took the message
    std::string with;         ///< "ESMTPS"
    std::string id;           ///< the name of the mail in that server's log
    std::string recipient;
    std::string
        tls; ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", "TLS" when only that is said; empty: no encryption is named
    bool authenticated = false; ///< the sender had logged in (RFC 3848)
    std::optional<base::Timestamp> time;
};

/// A Received field's unfolded value.
Hop parse_received(std::string_view value);

/// Of a message's raw header, the first station first; at most 100.
std::vector<Hop> hops_of(std::string_view header);

} // namespace httpd::webmail
