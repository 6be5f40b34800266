// RFC 1939 section 7, RFC 2449, RFC 2595, RFC 5034: who the user is, and what can be done here.

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/pop3/limits.h"
#include "maild/pop3/session.h"
#include "maild/sasl/exchange.h"

#include <thread>

namespace maild::pop3
{

namespace
{
constexpr base::ByteSet mechanism_chars = base::letters | base::digits | base::ByteSet("-_");

/// Overwrites a secret when its function ends, however it ends.
struct Wiped {
    std::string text;
    ~Wiped() { base::wipe(text); }
};
} // namespace

/// A password may travel inside TLS, over a local socket, and where `login.cleartext` allows it.
bool Session::may_send_password() const
{
    if (stream_.is_tls() || stream_.is_local()) return true;
    auto const& config = shared_->context.config;
    if (config.login_cleartext == config::Cleartext::no) return false;
    if (stream_.peer().is_loopback()) return true;
    return config.login_cleartext == config::Cleartext::trusted &&
           net::contains(config.trusted_networks, stream_.peer());
}

void Session::must_be_private() const
{
    if (!may_send_password())
        throw ClientError("AUTH", "No password in clear text: use TLS (STLS) before you log in");
}

/// RFC 1939: says nothing about whether there is such a user.
void Session::user(base::Cursor& arguments)
{
    must_be_private();
    login_ = arguments.rest();
    if (login_.empty()) throw ClientError("", "USER needs a name");
    answer("+OK The password, please");
}

/// RFC 1939: everything behind the one space is the password, other spaces too.
void Session::pass(base::Cursor& arguments)
{
    must_be_private();
    if (login_.empty()) throw ClientError("", "USER comes before PASS");
    Wiped password{std::string(arguments.rest())};
    must_be_allowed_to_try();
    auto const name = std::exchange(login_, {});
    logged_in(shared_->context.directory.authenticate(name, password.text), name, "USER");
}

void Session::capa(base::Cursor& arguments)
{
    must_end(arguments);
    bool const before_login = state() == authorization;
    answer("+OK Here is what can be done");
    answer("TOP");
    answer("UIDL");
    if (before_login && may_send_password()) {
        answer("USER");
        answer("SASL " + sasl::offered());
    }
    if (before_login && shared_->context.tls && !stream_.is_tls() && !stream_.is_local()) answer("STLS");
    answer("RESP-CODES");
    answer("AUTH-RESP-CODE");
    answer("PIPELINING");
    answer("EXPIRE NEVER");
    answer("IMPLEMENTATION Kotakpos");
    answer(".");
}

void Session::stls(base::Cursor& arguments)
{
    must_end(arguments);
    auto const& tls = shared_->context.tls;
    if (stream_.is_tls()) throw ClientError("", "TLS is on already");
    if (!tls || stream_.is_local()) throw ClientError("", "TLS is not offered here");
    if (stream_.has_input()) { // commands sent ahead in clear must not count as sent inside TLS
        closing_ = true;
        throw ClientError("", "Nothing may be sent behind STLS before the answer");
    }
    answer("+OK Begin TLS now");
    stream_.begin_tls_server(*tls, net::after(limits::tls_handshake));
    login_.clear(); // RFC 2595 section 4: nothing learned before counts
}

/// RFC 5034; "=" is an empty initial response.
void Session::auth(base::Cursor& arguments)
{
    must_be_private();
    auto const mechanism = base::upper(arguments.take_while(mechanism_chars));
    std::optional<std::string> initial;
    if (arguments.take(' '))
        initial = arguments.rest();
    else
        must_end(arguments);

    auto const exchange = sasl::begin(mechanism, shared_->context.directory, stream_);
    if (!exchange) throw ClientError("", "Mechanisms here: " + sasl::offered());
    must_be_allowed_to_try();
    Wiped message{must_read_sasl(exchange->first_challenge(), initial)};
    auto step = exchange->take(message.text);
    while (step.kind == sasl::Step::Kind::challenge) {
        Wiped answer_text{must_read_sasl(step.text, std::nullopt)};
        step = exchange->take(answer_text.text);
    }
    if (!step.text.empty() && !step.user) throw ClientError("AUTH", step.text);
    logged_in(std::move(step.user), exchange->name(), mechanism);
}

/// One answer of the exchange, decoded.
std::string Session::must_read_sasl(std::string_view prompt, std::optional<std::string> const& initial)
{
    Wiped text{initial.value_or("")};
    if (!initial) {
        answer("+ " + base::base64(prompt));
        stream_.flush();
        auto line = stream_.read_line(limits::auth_line, limits::command_time, net::after(limits::command_time));
        if (line.state == net::Line::State::too_long) throw ClientError("", "The line is too long");
        if (line.state != net::Line::State::complete) throw net::Disconnected("no answer within AUTH");
        text.text = std::move(line.text);
    }
    if (text.text == "*") throw ClientError("", "AUTH was cancelled");
    auto answer_text = base::from_base64(initial && text.text == "=" ? "" : text.text);
    if (!answer_text) throw ClientError("", "That is not base64");
    return *answer_text;
}

void Session::must_be_allowed_to_try()
{
    if (shared_->guard.may_try(stream_.peer())) return;
    closing_ = true;
    throw ClientError("SYS/TEMP", "Too many failed logins from your address; try again in some minutes");
}

/// Unknown users and wrong passwords get the same answer in the same time (the directory sees to the time).
void Session::logged_in(std::optional<directory::User> const& found, std::string const& login,
                        std::string_view mechanism)
{
    auto& context = shared_->context;
    if (!found) refuse_login(login, mechanism);
    shared_->guard.succeeded(stream_.peer());
    maildrop_.emplace(context.store, found->id);
    user_ = found->login;
    auto const total = maildrop_->total();
    base::log(base::Level::info, id_, "pop3-login",
              {{"user", user_},
               {"peer", stream_.is_local() ? "local" : stream_.peer().show()},
               {"mechanism", std::string(mechanism)},
               {"tls", stream_.tls_description()},
               {"messages", std::to_string(total.messages)}});
    answer("+OK " + std::to_string(total.messages) + " messages (" + std::to_string(total.octets) + " octets)");
}

void Session::refuse_login(std::string const& login, std::string_view mechanism)
{
    base::log(base::Level::info, id_, "pop3-login-failed",
              {{"user", login}, {"peer", stream_.peer().show()}, {"mechanism", std::string(mechanism)}});
    auto& guard = shared_->guard;
    guard.failed(stream_.peer());
    if (++failed_logins_ >= limits::failed_logins) closing_ = true;
    if (!guard.is_exempt(stream_.peer()) && !stream_.is_local())
        std::this_thread::sleep_for(limits::login_delay * failed_logins_);
    throw ClientError("AUTH", "The name or the password is wrong");
}

} // namespace maild::pop3
