#pragma once
// Hands a message to the submission service on its Unix socket (RFC 6409, RFC 5321), logged in as its writer.

#include "appliance/base/clock.h"
#include "appliance/message/content.h"

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
    std::string hold = {};     ///< a parameter of MAIL (RFC 4865): "HOLDFOR=10"; empty: it goes at once
    bool wants_report = false; ///< also when it arrived (NOTIFY of RFC 3461)
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
    std::string id;      ///< of the mail in the queue: what take_back() wants
    bool before = false; ///< it had been taken already, by its Message-ID: nothing more was sent
};

/// All recipients or none. Throws net::Disconnected; MailFault(login) when the token is no longer good, MailFault
/// (unavailable) for a temporary refusal.
Submitted submit(std::string const& socket, Submission const& submission, message::Content const& message);

/// A mail that waits for its time in the queue.
struct Waiting {
    std::string id;
    base::Timestamp release = 0;
    std::string message_id; ///< with brackets
};
/// The person's own, the next one first. Throws as submit() does.
std::vector<Waiting> waiting(std::string const& socket, std::string const& login, std::string const& password);
/// False: it is too late. True also when it was taken back before.
bool take_back(std::string const& socket, std::string const& login, std::string const& password,
               std::string const& id);

} // namespace httpd::mail
