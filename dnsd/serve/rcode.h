#pragma once
// Response codes of DNS (RFC 6895 2.3).

#include <cstdint>

namespace dnsd
{

enum class Rcode : std::uint8_t {
    no_error = 0,
    form_error = 1,
    server_failure = 2,
    no_such_name = 3,
    not_implemented = 4,
    refused = 5,
    name_too_long = 6, ///< YXDOMAIN: what a DNAME leads to would be longer than a name can be (RFC 6672 2.2)
    not_authoritative = 9,
    bad_version = 16, ///< its upper bits stand in OPT
    bad_cookie = 23
};

} // namespace dnsd
