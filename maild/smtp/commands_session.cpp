// The commands of a connection: hello, TLS, login, and those without effect. Mail itself: commands_mail.cpp.

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/smtp/session.h"

#include <algorithm>

namespace maild::smtp
{

namespace
{
/// Lines of a multi-line reply (RFC 5321 4.2.1): "250-..." and at last "250 ...".
std::string show_lines(int code, std::vector<std::string> const& lines)
{
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i)
        text += std::to_string(code) + (i + 1 == lines.size() ? ' ' : '-') + lines[i] + "\r\n";
    return text;
}

std::string must_decode(std::string_view text)
{
    auto bytes = base::from_base64(text);
    if (!bytes) throw ClientError(501, "5.5.2", "This is not base64");
    return *bytes;
}
} // namespace

/// RFC 5321 4.1.4: EHLO also does what RSET does.
net::Next Session::ehlo(std::string_view arguments)
{
    auto const name = must_parse_hello(arguments);
    auto const host = host_name();
    auto lines = extensions();
    lines.insert(lines.begin(), host + " greets " + name);
    hello_ = name;
    extended_ = true;
    forget_mail();
    stream_.write(show_lines(250, lines));
    return net::Next::park;
}

net::Next Session::helo(std::string_view arguments)
{
    auto const name = must_parse_hello(arguments);
    auto const host = host_name();
    hello_ = name;
    extended_ = false;
    forget_mail();
    answer(250, "", host);
    return net::Next::park;
}

/// RFC 3207. must_meet() has made sure that no plain-text command waits behind this one (section 6).
net::Next Session::starttls(std::string_view arguments)
{
    must_be_empty(arguments);
    if (!shared_->context.tls || stream_.is_local()) throw ClientError(502, "5.5.1", "TLS is not available here");
    if (stream_.is_tls()) throw ClientError(503, "5.5.1", "TLS is on already");
    answer(220, "2.0.0", "Ready to start TLS");
    stream_.begin_tls_server(*shared_->context.tls, net::after(limits::tls_wait));
    start_over();
    return net::Next::park;
}

/// RFC 3207 4.2: what was learned before TLS is forgotten.
void Session::start_over()
{
    hello_.clear();
    extended_ = false;
    user_.reset();
    forget_mail();
}

void Session::forget_mail()
{
    transaction_.reset();
    incoming_.reset();
}

/// RFC 4954. Only where submission is spoken, and only under TLS or over the local socket.
net::Next Session::auth(std::string_view arguments)
{
    if (purpose_ != Purpose::submission) throw ClientError(502, "5.5.1", "Log in on port 587 or 465, not here");
    if (!is_secure()) throw ClientError(538, "5.7.11", "Use STARTTLS before you log in");
    auto const command = must_parse_auth(arguments);
    Login attempt{command.mechanism, sasl::begin(command.mechanism, shared_->context.directory, stream_)};
    if (!attempt.exchange) throw ClientError(504, "5.5.4", "Use AUTH with one of " + sasl::offered());
    if (!shared_->logins.may_try(stream_.peer()) && !stream_.is_local())
        return hang_up("Too many failed logins from your address, try again later");
    if (!command.response) {
        auto const challenge = attempt.exchange->first_challenge();
        return ask(std::move(attempt), challenge);
    }
    auto const message = must_decode(*command.response == "=" ? "" : *command.response);
    return proceed(std::move(attempt), message);
}

/// One question and answer of SASL: both in base64; "*" gives up (RFC 4954 section 4).
net::Next Session::ask(Login attempt, std::string_view challenge)
{
    login_ = std::move(attempt);
    stream_.write("334 " + base::base64(challenge) + "\r\n");
    return net::Next::park;
}

net::Next Session::take_response(net::Line const& line)
{
    auto attempt = *std::exchange(login_, std::nullopt);
    if (line.state == net::Line::State::too_long) throw ClientError(500, "5.5.6", "The line is too long");
    if (line.text == "*") throw ClientError(501, "5.7.0", "Authentication cancelled");
    auto const message = must_decode(line.bare_lf ? "*" : line.text);
    return proceed(std::move(attempt), message);
}

net::Next Session::proceed(Login attempt, std::string_view message)
{
    auto step = attempt.exchange->take(message);
    switch (step.kind) {
    case sasl::Step::Kind::challenge: return ask(std::move(attempt), step.text);
    case sasl::Step::Kind::malformed: throw ClientError(501, "5.5.2", step.text);
    case sasl::Step::Kind::not_self: throw ClientError(535, "5.7.8", step.text);
    case sasl::Step::Kind::refused: return login_failed(attempt.exchange->name());
    case sasl::Step::Kind::success: break;
    }
    user_ = std::move(step.user);
    shared_->logins.succeeded(stream_.peer(), attempt.exchange->name());
    base::log(base::Level::info, id_, "login",
              {{"user", user_->login}, {"peer", peer_name()}, {"method", attempt.mechanism}});
    answer(235, "2.7.0", "Authentication successful");
    return net::Next::park;
}

net::Next Session::login_failed(std::string const& name)
{
    base::log(base::Level::warning, id_, "login-failed", {{"user", name}, {"peer", peer_name()}});
    ++login_failures_;
    if (!is_exempt()) {
        shared_->logins.failed(stream_.peer(), name);
        if (login_failures_ >= limits::login_failures) return hang_up("Too many failed logins");
    }
    auto const next = refuse({535, "5.7.8", "The login or the password is wrong"});
    if (next == net::Next::close || is_exempt()) return next;
    return rest_for(std::max(rest_, limits::login_delay * login_failures_));
}

net::Next Session::rset(std::string_view arguments)
{
    must_be_empty(arguments);
    forget_mail();
    answer(250, "2.0.0", "OK");
    return net::Next::park;
}

/// RFC 5321 4.1.1.9: any argument is ignored.
net::Next Session::noop(std::string_view)
{
    answer(250, "2.0.0", "OK");
    return net::Next::park;
}

/// RFC 5321 7.3: says neither yes nor no.
net::Next Session::vrfy(std::string_view arguments)
{
    if (arguments.empty()) throw ClientError(501, "5.5.4", "Syntax: VRFY user");
    answer(252, "2.1.5", "Send some mail, I will try my best");
    return net::Next::park;
}

net::Next Session::expn(std::string_view) { throw ClientError(502, "5.5.1", "EXPN is not offered"); }

net::Next Session::help(std::string_view)
{
    std::vector<std::string> lines = {"2.0.0 A mail in five lines: EHLO, MAIL, RCPT, DATA, QUIT"};
    for (auto const usage : {"EHLO your-host", "STARTTLS", "AUTH mechanism", "MAIL FROM:<address>",
                             "RCPT TO:<address>", "DATA, then the mail and a line with only a dot",
                             "BDAT octets [LAST]", "RSET", "NOOP", "VRFY user", "HELP", "QUIT"})
        lines.push_back(std::string("2.0.0   ") + usage);
    stream_.write(show_lines(214, lines));
    return net::Next::park;
}

/// "250-ID RELEASE <Message-ID>" for each mail of this login that waits for its release, and "250 2.0.0 OK".
net::Next Session::xwaiting(std::string_view arguments)
{
    must_be_empty(arguments);
    must_be_webmail();
    std::vector<std::string> lines;
    for (auto const& waiting : shared_->context.spool.waiting(user_->login, limits::waiting_listed))
        lines.push_back(queue::show(waiting.id) + " " + std::to_string(waiting.release) + " " + waiting.header_id);
    lines.emplace_back("2.0.0 OK");
    stream_.write(show_lines(250, lines));
    return net::Next::park;
}

/// XTAKEBACK ID: 250 when the mail is out of the queue and nobody has got it, else 550.
net::Next Session::xtakeback(std::string_view arguments)
{
    must_be_webmail();
    auto const id = queue::parse_message_id(arguments);
    if (!id) throw ClientError(501, "5.5.4", "Syntax: XTAKEBACK id");
    if (!shared_->context.spool.take_back(*id, user_->login))
        throw ClientError(550, "5.7.1", "This mail is not waiting any more");
    base::log(base::Level::info, id_, "taken-back", {{"id", queue::show(*id)}, {"user", user_->login}});
    answer(250, "2.0.0", "Taken back");
    return net::Next::park;
}

/// Mail programs have their own way to wait before they send.
void Session::must_be_webmail() const
{
    if (purpose_ != Purpose::submission || !stream_.is_local())
        throw ClientError(502, "5.5.1", "This is not offered here");
}

net::Next Session::quit(std::string_view arguments)
{
    must_be_empty(arguments);
    answer(221, "2.0.0", "Goodbye");
    return net::Next::close;
}

} // namespace maild::smtp
