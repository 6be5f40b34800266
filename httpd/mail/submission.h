#pragma once
// Hands a message to the submission service on its Unix socket (RFC 6409, RFC 5321), logged in as its writer.

#include <string>
#include <string_view>
#include <vector>

namespace httpd::mail
{

struct Submission {
    std::string login;
    std::string password; ///< the session's token
    std::string from;
    std::vector<std::string> recipients;
};

struct Submitted {
    struct Refused {
        std::string recipient;
        int code = 0;
        std::string why; ///< the server's words, English
    };
    bool done = false;
    std::vector<Refused> refused; ///< recipients; then nothing was sent to anybody
    int code = 0;                 ///< of another refusal: too large, over quota, ...
    std::string why;
};

/// All recipients or none. Throws net::Disconnected; MailFault(login) when the token is no longer good, MailFault
/// (unavailable) for a temporary refusal.
Submitted submit(std::string const& socket, Submission const& submission, std::string_view message);

} // namespace httpd::mail
