#pragma once
// One HTTP answer, and the headers that protect every page.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpd
{

struct Response {
    int status = 200;
    std::string type = "text/html; charset=utf-8"; ///< empty: none is sent
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Instead of `body`: called once, gives the bytes piece by piece to the function it is handed. Size unknown
    /// before.
    std::function<void(std::function<void(std::string_view)> const& write)> stream;
    std::optional<std::uint64_t> length; ///< of `stream`, when it is known before
    bool close = false;                  ///< the connection, after this answer

    Response& set(std::string name, std::string value);
    /// Secure, HttpOnly, SameSite=Lax, for the whole host; `max_age` 0 removes it, none makes it a session cookie.
    Response& set_cookie(std::string_view name, std::string_view value, std::optional<long> max_age = {});
};

/// After a successful POST (303): a reload or Back never posts again.
Response see_other(std::string location);
/// Moved for good: 301 for GET and HEAD, 308 keeps method and body.
Response moved(std::string location, std::string_view method);
/// For machines; never cached.
Response plain(int status, std::string text);

/// The policy of our own pages: everything from this host, nothing inline.
extern std::string_view const page_policy;
/// The policy of a mail shown in its frame: no script, no form, no request but pictures of the mail itself.
std::string mail_policy(bool remote_images);

/// What every answer over https carries: nosniff, referrer, framing, and page_policy unless there is another one.
void protect(Response& response);

/// Content-Disposition for a file of any name (RFC 6266): path, control and bidirectional characters taken out, an
/// ASCII fallback beside the real name.
std::string attachment_disposition(std::string_view file_name);
/// The same clean name, UTF-8, at most 120 bytes with its ending kept; "attachment" when nothing is left.
std::string safe_file_name(std::string_view file_name);

/// The status line's words.
std::string_view reason(int status);

} // namespace httpd
