#pragma once
// Conditional requests and ranges (RFC 9110 13 and 14): what a browser has already, and which part of a file it
// wants.

#include "httpd/request.h"
#include "httpd/response.h"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace httpd
{

/// By what a representation is known.
struct Validators {
    std::string etag;                    ///< with its quotes, "" when there is none
    std::optional<std::time_t> modified; ///< seconds since 1970
};

/// "Sat, 21 Nov 2026 22:25:00 GMT" (RFC 9110 5.6.7).
std::string http_date(std::time_t when);
/// The same, or one of the two forms of old clients.
std::optional<std::time_t> parse_http_date(std::string_view text);

/// In the order of RFC 9110 13.2.2: 304, 412, or 0 for going on.
int precondition(Request const& request, Validators const& validators);

struct Range {
    std::uint64_t first = 0;
    std::uint64_t size = 0; ///< 0: nothing of the file can be given (416)
};
/// The part that is wanted of a file of `size` bytes. Nothing: the whole file, also for several ranges at once, for
/// units that we do not know, and when If-Range names another version.
std::optional<Range> wanted_range(Request const& request, Validators const& validators, std::uint64_t size);

/// ETag and Last-Modified.
void set_validators(Response& response, Validators const& validators);
/// 304 or 412.
Response precondition_answer(int status, Validators const& validators);

} // namespace httpd
