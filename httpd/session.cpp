#include "httpd/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/mail/imap_client.h"

#include <algorithm>

namespace httpd
{

namespace
{
using Clock = std::chrono::steady_clock;
constexpr std::size_t longest_token = 200;

struct Cookie {
    std::string token;
    std::string login;
};

/// TOKEN.LOGIN; the token has no dot in it.
std::optional<Cookie> parse_cookie(std::string_view text)
{
    auto const dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > longest_token) return std::nullopt;
    Cookie cookie{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
    if (!directory::is_valid_login(cookie.login)) return std::nullopt;
    return cookie;
}

std::string csrf_of(std::string const& token) { return base::hex(base::hmac_sha256(token, "csrf")).substr(0, 32); }
std::string log_id_of(std::string const& token)
{
    return "w" + base::hex(base::hmac_sha256(token, "log")).substr(0, 8);
}
} // namespace

Session::Session(directory::User who, std::string secret, mail::MailPool::Connect connect)
    : user(std::move(who)),
      token(std::move(secret)),
      csrf(csrf_of(token)),
      log_id(log_id_of(token)),
      mail(std::move(connect))
{
}

Sessions::Sessions(directory::Directory& directory, LoginLimit& limit, base::Clock const& clock,
                   std::string imap_socket)
    : directory_(directory),
      limit_(limit),
      clock_(clock),
      imap_socket_(std::move(imap_socket)),
      sweeper_([this](std::stop_token const& stop) { sweep_until_stopped(stop); })
{
}

Sessions::~Sessions() = default;

SessionPtr Sessions::remember(SessionPtr session)
{
    auto const now = Clock::now();
    std::lock_guard const lock(mutex_);
    if (entries_.size() >= limits::sessions) {
        auto const oldest = std::min_element(entries_.begin(), entries_.end(), [](auto const& a, auto const& b) {
            return a.second.used < b.second.used;
        });
        entries_.erase(oldest); // its cookie stays good
    }
    // Two requests of one browser may come here at once: the first one's session stays.
    return entries_.try_emplace(base::sha256(cookie_of(*session)), Entry{session, now, now}).first->second.session;
}

Sessions::LoginResult Sessions::log_in(std::string const& peer, std::string const& login, std::string& password)
{
    auto const name = base::lower(base::trim(login));
    if (auto const wait = limit_.wait_seconds(peer, name); wait > 0) return {nullptr, wait};
    auto const user = directory_.authenticate(name, password, peer);
    base::wipe(password);
    base::log(base::Level::info, "", user ? "login" : "login-failed",
              {{"via", "web"}, {"login", name}, {"peer", peer}});
    if (!user) {
        limit_.failed(peer, name);
        return {};
    }
    limit_.succeeded(peer, name);
    auto const life = std::chrono::duration_cast<base::Microseconds>(limits::session_life).count();
    auto const token = directory_.add_app_password(user->id, "web", clock_.now() + life);
    auto connect = [socket = imap_socket_, login_name = user->login, token]() -> std::unique_ptr<mail::MailClient> {
        return std::make_unique<mail::ImapClient>(socket, login_name, token);
    };
    return {remember(std::make_shared<Session>(*user, token, std::move(connect))), 0};
}

SessionPtr Sessions::find(std::string const& peer, std::string_view cookie)
{
    if (cookie.empty()) return nullptr;
    auto const key = base::sha256(cookie);
    {
        std::lock_guard const lock(mutex_);
        if (auto const found = entries_.find(key); found != entries_.end()) {
            auto const now = Clock::now();
            found->second.used = now;
            if (now - found->second.checked < limits::session_check) return found->second.session;
        }
    }
    return check(peer, key, cookie);
}

/// Asks the directory whether the token is still good.
SessionPtr Sessions::check(std::string const& peer, std::string const& key, std::string_view text)
{
    auto const cookie = parse_cookie(text);
    auto const limited = "cookie " + base::hex(key.substr(0, 4)); // nobody else at this address suffers from it
    if (!cookie || limit_.wait_seconds(peer, limited) > 0) return nullptr;
    auto const user = directory_.authenticate(cookie->login, cookie->token, peer);
    if (!user) {
        limit_.failed(peer, limited); // made-up cookies cost us a hash each
        std::lock_guard const lock(mutex_);
        entries_.erase(key);
        return nullptr;
    }
    {
        std::lock_guard const lock(mutex_);
        if (auto const found = entries_.find(key); found != entries_.end()) {
            found->second.checked = Clock::now();
            return found->second.session;
        }
    }
    auto connect = [socket = imap_socket_, login = user->login,
                    token = cookie->token]() -> std::unique_ptr<mail::MailClient> {
        return std::make_unique<mail::ImapClient>(socket, login, token);
    };
    return remember(std::make_shared<Session>(*user, cookie->token, std::move(connect)));
}

void Sessions::log_out(Session const& session)
{
    directory_.remove_app_password(session.token);
    base::log(base::Level::info, session.log_id, "logout", {{"via", "web"}, {"login", session.user.login}});
    std::lock_guard const lock(mutex_);
    entries_.erase(base::sha256(cookie_of(session)));
}

void Sessions::sweep()
{
    auto const now = Clock::now();
    std::vector<SessionPtr> live;
    {
        std::lock_guard const lock(mutex_);
        std::erase_if(entries_, [&](auto const& entry) { return now - entry.second.used > limits::session_memory; });
        for (auto const& [key, entry] : entries_) live.push_back(entry.session);
    }
    for (auto const& session : live) session->mail.close_idle(now);
}

void Sessions::sweep_until_stopped(std::stop_token const& stop)
{
    constexpr auto period = std::chrono::seconds(15);
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, period, [&] { return stop.stop_requested(); })) sweep();
}

} // namespace httpd
