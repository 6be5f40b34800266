#pragma once
// One HTTP request as handlers see it: checked, decoded, whole. How it comes over the wire is server.h.

#include "httpd/form.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpd
{

/// The Host header (RFC 9110 7.2), checked to be a plain name or address.
struct Host {
    std::string name;       ///< lower case, "[::1]" with brackets; empty: missing or not acceptable
    std::uint16_t port = 0; ///< 0: not given

    static Host parse(std::string_view value);
};

struct Request {
    std::string method; ///< GET, HEAD, POST; others never reach a handler
    std::string target; ///< path and query as sent
    std::string path;   ///< as sent, still percent-encoded
    Host host;
    Form query;
    Form form;        ///< of a POST
    std::string body; ///< of a POST that is no form: XML of at most limits::raw_body
    int fault = 0;    ///< the status with which the body must be refused (413, 408, 415, 503, 507); 0: it is whole
    std::string peer; ///< the browser's address
    std::string shown_path; ///< for the access log, when the path itself says too much of a person
    std::vector<std::pair<std::string, std::string>> headers;
    std::map<std::string, std::string, std::less<>> cookies;

    /// The first header of that name (any case), or "".
    std::string_view header(std::string_view name) const;
    std::string_view cookie(std::string_view name) const;
    bool is_post() const { return method == "POST"; }
};

/// "a=1; b=2" (RFC 6265 5.4).
std::map<std::string, std::string, std::less<>> parse_cookies(std::string_view header);

/// The decoded segments of a path; nothing when it is no path, or a segment is "..", has NUL or a broken escape in
/// it.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

} // namespace httpd
