#pragma once
// Who is logged in. The cookie is an app password of the directory: only its hash is stored, a restart of httpd logs
// nobody out, and the user's own password is forgotten as soon as it was checked.

#include "appliance/directory/directory.h"
#include "appliance/directory/filters.h"
#include "appliance/directory/personal.h"
#include "appliance/i18n/time_zone.h"
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

/// What a person has chosen, ready for use: no page asks the database for it.
struct Choices {
    directory::Preferences preferences;
    std::optional<i18n::TimeZone> zone; ///< none: the box's
    directory::Vacation vacation;

    std::string_view value(std::string_view key) const { return directory::value(preferences, key); }
};

/// Who asks: where from, and with what.
struct Visitor {
    std::string peer;
    std::string browser; ///< browser_name() of it; may be empty
};

/// One browser that has logged in. Shared by the requests that it sends at the same time.
struct Session {
    Session(directory::User who, std::string secret, mail::MailPool::Connect connect);

    directory::User const user;
    std::string const token; ///< what IMAP and submission take as the password
    std::string const csrf;  ///< derived from the token: the same after a restart
    std::string const log_id;
    mail::MailPool mail;
    ComposeState compose;

    /// At most limits::session_check old; changes that this process makes are in it at once. Never null.
    std::shared_ptr<Choices const> choices() const;
    void set_choices(std::shared_ptr<Choices const> choices);

    /// A new device's password on its way from the form to the page behind it: taken once, and never in an address.
    struct NewDevice {
        std::string label, password;
    };
    void keep_device(NewDevice device);
    std::optional<NewDevice> take_device();

private:
    std::mutex mutable mutex_;
    std::shared_ptr<Choices const> choices_;
    std::optional<NewDevice> new_device_;
};

using SessionPtr = std::shared_ptr<Session>;

/// Safe from all threads.
class Sessions
{
public:
    Sessions(directory::Directory& directory, directory::Personal& personal, directory::Filters& filters,
             LoginLimit& limit, base::Clock const& clock, std::string imap_socket);
    ~Sessions();
    Sessions(Sessions const&) = delete;
    Sessions& operator=(Sessions const&) = delete;

    struct LoginResult {
        SessionPtr session;    ///< null: refused
        long wait_seconds = 0; ///< try again after so long
    };
    /// The same answer after the same time for an unknown user and a wrong password.
    LoginResult log_in(Visitor const& visitor, std::string const& login, std::string& password);
    /// The session of a cookie, null when there is none or it has ended.
    SessionPtr find(Visitor const& visitor, std::string_view cookie);
    void log_out(Session const& session);

    /// For a password that is being changed: the wait as in log_in(), or whether `password` is the user's own.
    struct PasswordCheck {
        bool is_right = false;
        long wait_seconds = 0;
    };
    PasswordCheck check_password(Visitor const& visitor, Session const& session, std::string& password);
    /// A new session in place of one whose token the new password has ended. The cookie must follow.
    SessionPtr renew(Visitor const& visitor, Session const& session);
    /// Forgets the sessions of a user but one: each asks the directory again with its next request.
    void look_again(directory::UserId user, Session const* but);
    /// The user's preferences or his vacation have changed.
    void refresh_choices(directory::UserId user);
    static std::string cookie_of(Session const& session) { return session.token + "." + session.user.login; }

    static constexpr std::string_view cookie_name = "__Host-kotakpos";

private:
    struct Entry {
        SessionPtr session;
        std::chrono::steady_clock::time_point used, checked;
    };
    SessionPtr check(Visitor const& visitor, std::string const& key, std::string_view cookie);
    SessionPtr begin(Visitor const& visitor, directory::User const& user);
    SessionPtr make(Visitor const& visitor, directory::User const& user, std::string const& token);
    SessionPtr checked_now(std::string const& key);
    void note(Visitor const& visitor, std::string const& token);
    std::shared_ptr<Choices const> read_choices(directory::UserId user);
    SessionPtr remember(SessionPtr session);
    void sweep();
    void sweep_until_stopped(std::stop_token const& stop);

    directory::Directory& directory_;
    directory::Personal& personal_;
    directory::Filters& filters_;
    LoginLimit& limit_;
    base::Clock const& clock_;
    std::string imap_socket_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_; ///< by SHA-256 of the cookie
    std::jthread sweeper_;                 ///< last: stops before the rest goes
};

} // namespace httpd
