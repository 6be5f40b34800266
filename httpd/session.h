#pragma once
// Who is logged in. The cookie is an app password of the directory: only its hash is stored, a restart of httpd logs
// nobody out, and the user's own password is forgotten as soon as it was checked.

#include "appliance/directory/directory.h"
#include "httpd/compose_state.h"
#include "httpd/login_limit.h"
#include "httpd/mail/pool.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace httpd
{

/// One browser that has logged in. Shared by the requests that it sends at the same time.
struct Session {
    Session(directory::User who, std::string secret, mail::MailPool::Connect connect);

    directory::User const user;
    std::string const token; ///< what IMAP and submission take as the password
    std::string const csrf;  ///< derived from the token: the same after a restart
    std::string const log_id;
    mail::MailPool mail;
    ComposeState compose;
};

using SessionPtr = std::shared_ptr<Session>;

/// Safe from all threads.
class Sessions
{
public:
    Sessions(directory::Directory& directory, LoginLimit& limit, base::Clock const& clock, std::string imap_socket);
    ~Sessions();
    Sessions(Sessions const&) = delete;
    Sessions& operator=(Sessions const&) = delete;

    struct LoginResult {
        SessionPtr session;    ///< null: refused
        long wait_seconds = 0; ///< try again after so long
    };
    /// The same answer after the same time for an unknown user and a wrong password.
    LoginResult log_in(std::string const& peer, std::string const& login, std::string& password);
    /// The session of a cookie, null when there is none or it has ended.
    SessionPtr find(std::string const& peer, std::string_view cookie);
    void log_out(Session const& session);
    static std::string cookie_of(Session const& session) { return session.token + "." + session.user.login; }

    static constexpr std::string_view cookie_name = "__Host-kotakpos";

private:
    struct Entry {
        SessionPtr session;
        std::chrono::steady_clock::time_point used, checked;
    };
    SessionPtr check(std::string const& peer, std::string const& key, std::string_view cookie);
    SessionPtr remember(SessionPtr session);
    void sweep();
    void sweep_until_stopped(std::stop_token const& stop);

    directory::Directory& directory_;
    LoginLimit& limit_;
    base::Clock const& clock_;
    std::string imap_socket_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_; ///< by SHA-256 of the cookie
    std::jthread sweeper_;                 ///< last: stops before the rest goes
};

} // namespace httpd
