// RFC 1939 section 7, RFC 2595, RFC 5034: who the user is.

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/pop3/limits.h"
#include "maild/pop3/session.h"
#include "maild/sasl/exchange.h"

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
    auto const& config = context_.config;
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
    ok("The password, please");
}

/// RFC 1939: everything behind the one space is the password, other spaces too.
void Session::pass(base::Cursor& arguments)
{
    must_be_private();
    if (login_.empty()) throw ClientError("", "USER comes before PASS");
    Wiped password{std::string(arguments.rest())};
    must_be_allowed_to_try();
    auto const name = std::exchange(login_, {});
    logged_in(sasl::check_password(context_.directory, stream_, name, password.text), name, "USER");
}

bool Session::offers_tls() const { return context_.tls && !stream_.is_tls() && !stream_.is_local(); }

void Session::stls(base::Cursor& arguments)
{
    must_end(arguments);
    if (stream_.is_tls()) throw ClientError("", "TLS is on already");
    if (!offers_tls()) throw ClientError("", "TLS is not offered here");
    if (utf8_) throw ClientError("", "STLS comes before UTF8"); // RFC 6856 2.1
    if (stream_.has_input()) { // commands sent ahead in clear must not count as sent inside TLS
        closing_ = true;
        throw ClientError("", "Nothing may be sent behind STLS before the answer");
    }
    ok("Begin TLS now");
    stream_.begin_tls_server(*context_.tls, net::after(limits::tls_handshake));
    login_.clear(); // RFC 2595 section 4: nothing learned before counts
}

/// What older clients expect of AUTH without a mechanism.
void Session::list_mechanisms()
{
    ok("Mechanisms here");
    auto const names = sasl::offered();
    for (auto const& name : base::split(names, ' ')) answer(name);
    answer(".");
}

/// RFC 5034; "=" is an empty initial response.
void Session::auth(base::Cursor& arguments)
{
    must_be_private();
    if (arguments.at_end()) return list_mechanisms();
    auto const mechanism = base::upper(arguments.take_while(mechanism_chars));
    std::optional<std::string> initial;
    if (arguments.take(' '))
        initial = arguments.rest();
    else
        must_end(arguments);

    auto const exchange = sasl::begin(mechanism, context_.directory, stream_);
    if (!exchange) throw ClientError("", "Mechanisms here: {1}", {sasl::offered()});
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
    if (stream_.is_local() || context_.guard->may_try(stream_.peer())) return;
    closing_ = true;
    throw ClientError("SYS/TEMP", "Too many failed logins from your address; try again in some minutes");
}

/// Unknown users and wrong passwords get the same answer in the same time (the directory sees to the time).
void Session::logged_in(std::optional<directory::User> const& found, std::string const& login,
                        std::string_view mechanism)
{
    if (!found) return refuse_login(login, mechanism);
    context_.guard->succeeded(stream_.peer(), login);
    if (context_.watch) open_login_.emplace(*context_.watch, found->id, wakeup_);
    maildrop_.emplace(context_.store, found->id);
    user_ = found->login;
    auto const& total = maildrop_->total();
    base::log(base::Level::info, id_, "pop3-login",
              {{"user", user_},
               {"peer", stream_.is_local() ? "local" : stream_.peer().show()},
               {"mechanism", std::string(mechanism)},
               {"tls", stream_.tls_description()},
               {"messages", std::to_string(total.messages)}});
    ok("{1} messages ({2} octets)", {std::to_string(total.messages), std::to_string(total.octets)});
}

/// The answer comes after a rest, longer each time.
void Session::refuse_login(std::string const& login, std::string_view mechanism)
{
    base::log(base::Level::info, id_, "pop3-login-failed",
              {{"user", login}, {"peer", stream_.peer().show()}, {"mechanism", std::string(mechanism)}});
    if (!stream_.is_local()) context_.guard->failed(stream_.peer(), login);
    if (++failed_logins_ >= limits::failed_logins) closing_ = true;
    owed_ = "-ERR [AUTH] " + in_language("The name or the password is wrong", {});
}

} // namespace maild::pop3
