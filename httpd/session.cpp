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
      mail(std::move(connect)),
      choices_(std::make_shared<Choices const>())
{
}

std::shared_ptr<Choices const> Session::choices() const
{
    std::lock_guard const lock(mutex_);
    return choices_;
}

void Session::set_choices(std::shared_ptr<Choices const> choices)
{
    std::lock_guard const lock(mutex_);
    choices_ = std::move(choices);
}

void Session::keep_device(NewDevice device)
{
    std::lock_guard const lock(mutex_);
    new_device_ = std::move(device);
}

std::optional<Session::NewDevice> Session::take_device()
{
    std::lock_guard const lock(mutex_);
    return std::exchange(new_device_, std::nullopt);
}

Sessions::Sessions(directory::Directory& directory, directory::Personal& personal, directory::Filters& filters,
                   LoginLimit& limit, base::Clock const& clock, std::string imap_socket)
    : directory_(directory),
      personal_(personal),
      filters_(filters),
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

Sessions::LoginResult Sessions::log_in(Visitor const& visitor, std::string const& login, std::string& password)
{
    auto const& peer = visitor.peer;
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
    return {begin(visitor, *user), 0};
}

SessionPtr Sessions::begin(Visitor const& visitor, directory::User const& user)
{
    auto const life = std::chrono::duration_cast<base::Microseconds>(limits::session_life).count();
    return remember(make(visitor, user, directory_.add_app_password(user.id, "web", clock_.now() + life)));
}

SessionPtr Sessions::make(Visitor const& visitor, directory::User const& user, std::string const& token)
{
    auto connect = [socket = imap_socket_, login = user.login, token]() -> std::unique_ptr<mail::MailClient> {
        return std::make_unique<mail::ImapClient>(socket, login, token);
    };
    auto session = std::make_shared<Session>(user, token, std::move(connect));
    session->set_choices(read_choices(user.id));
    note(visitor, token);
    return session;
}

/// For the list of sessions that its owner sees.
void Sessions::note(Visitor const& visitor, std::string const& token)
{
    auto const label = visitor.browser.empty() ? visitor.peer : visitor.browser + ", " + visitor.peer;
    personal_.note_session(token, label, clock_.now());
}

std::shared_ptr<Choices const> Sessions::read_choices(directory::UserId user)
{
    Choices choices{personal_.preferences(user), std::nullopt, filters_.vacation(user)};
    auto const zone = choices.value(directory::preference::time_zone);
    if (!zone.empty()) choices.zone = i18n::TimeZone::load(std::string(zone));
    return std::make_shared<Choices const>(std::move(choices));
}

SessionPtr Sessions::find(Visitor const& visitor, std::string_view cookie)
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
    return check(visitor, key, cookie);
}

/// Asks the directory whether the token is still good.
SessionPtr Sessions::check(Visitor const& visitor, std::string const& key, std::string_view text)
{
    auto const& peer = visitor.peer;
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
    auto known = checked_now(key);
    if (!known) return remember(make(visitor, *user, cookie->token));
    known->set_choices(read_choices(user->id));
    note(visitor, cookie->token);
    return known;
}

SessionPtr Sessions::checked_now(std::string const& key)
{
    std::lock_guard const lock(mutex_);
    auto const found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.checked = Clock::now();
    return found->second.session;
}

Sessions::PasswordCheck Sessions::check_password(Visitor const& visitor, Session const& session,
                                                 std::string& password)
{
    auto const& login = session.user.login;
    if (auto const wait = limit_.wait_seconds(visitor.peer, login); wait > 0) return {false, wait};
    // authenticate() takes a phone's password, too; whoever found that phone may not change the real one.
    auto const devices = personal_.app_passwords(session.user.id);
    auto const id = base::hex(base::sha256(password));
    bool const is_token = std::any_of(devices.begin(), devices.end(), [&](auto const& one) { return one.id == id; });
    auto const user = is_token ? std::nullopt : directory_.authenticate(login, password, visitor.peer);
    base::wipe(password);
    if (user)
        limit_.succeeded(visitor.peer, login);
    else
        limit_.failed(visitor.peer, login);
    return {user.has_value(), 0};
}

SessionPtr Sessions::renew(Visitor const& visitor, Session const& session)
{
    look_again(session.user.id, nullptr);
    return begin(visitor, session.user);
}

void Sessions::look_again(directory::UserId user, Session const* but)
{
    std::lock_guard const lock(mutex_);
    std::erase_if(entries_, [&](auto const& entry) {
        auto const& session = entry.second.session;
        return session->user.id == user && session.get() != but;
    });
}

void Sessions::refresh_choices(directory::UserId user)
{
    auto const choices = read_choices(user);
    std::lock_guard const lock(mutex_);
    for (auto const& [key, entry] : entries_)
        if (entry.session->user.id == user) entry.session->set_choices(choices);
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
