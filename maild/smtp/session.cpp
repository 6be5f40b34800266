#include "maild/smtp/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "maild/host_name.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::smtp
{

/// Every command, in the order of the RFCs.
class CommandTable
{
    using S = Session;

public:
    static Session::Command const* find(std::string_view verb)
    {
        auto const* found = std::find_if(std::begin(commands), std::end(commands),
                                         [&](auto const& command) { return command.verb == verb; });
        return found == std::end(commands) ? nullptr : found;
    }

    // RFC 5321 4.1.1, RFC 3207, RFC 4954, RFC 3030. `needs` is checked before the function runs.
    static constexpr Session::Command commands[] = {
        {"EHLO", &S::ehlo, S::nothing},
        {"HELO", &S::helo, S::nothing},
        {"STARTTLS", &S::starttls, S::hello | S::no_mail_yet | S::empty_input},
        {"AUTH", &S::auth, S::hello | S::no_login_yet | S::no_mail_yet},
        {"MAIL", &S::mail_from, S::hello | S::login | S::no_mail_yet | S::brings_forward},
        {"RCPT", &S::rcpt_to, S::mail | S::no_chunk_yet | S::brings_forward},
        {"DATA", &S::data, S::recipient | S::no_chunk_yet | S::brings_forward},
        {"BDAT", &S::bdat, S::brings_forward}, // what it needs is looked at behind its octets
        {"RSET", &S::rset, S::nothing},
        {"NOOP", &S::noop, S::nothing},
        {"VRFY", &S::vrfy, S::nothing},
        {"EXPN", &S::expn, S::nothing},
        {"HELP", &S::help, S::nothing},
        {"QUIT", &S::quit, S::brings_forward},
        {"XWAITING", &S::xwaiting, S::hello | S::login | S::no_mail_yet}, // ours, for the webmail: see README.md
        {"XTAKEBACK", &S::xtakeback, S::hello | S::login | S::no_mail_yet},
    };
};

namespace
{
/// A browser that was led here by a hostile page (cross-protocol attack): its lines are not to be tried one by one.
bool is_web_request(std::string_view verb) { return verb == "GET" || verb == "POST" || verb == "CONNECT"; }
} // namespace

Session::Session(net::Stream stream, std::shared_ptr<Shared> shared, Purpose purpose)
    : stream_(std::move(stream)), shared_(std::move(shared)), purpose_(purpose), id_(base::random_hex(4))
{
    stream_.set_write_timeout(limits::reply_write_wait);
}

net::Next Session::run()
{
    // Who has just been answered is waited for. Who has paused is not: bytes that come one by one cost no thread.
    auto linger = greeted_ ? limits::no_wait : limits::linger;
    if (!greeted_ && greet() == net::Next::close) return net::Next::close;
    for (;;) {
        bool const octets = expects_octets();
        auto const next = octets ? take_octets(linger) : take_line(linger);
        if (!next) return net::Next::park;
        if (*next != net::Next::park) return *next;
        if (!octets) linger = limits::linger;
    }
}

std::optional<net::Next> Session::take_line(std::chrono::milliseconds linger)
{
    auto const line = stream_.read_line(login_ ? limits::auth_line : limits::command_line, linger,
                                        net::after(login_ ? limits::hello_wait : limits::command_wait));
    if (line.state == net::Line::State::idle) return std::nullopt;
    if (line.state == net::Line::State::closed) return net::Next::close;
    return guarded([&] { return login_ ? take_response(line) : execute(line); });
}

std::optional<net::Next> Session::take_octets(std::chrono::milliseconds linger)
{
    auto const bytes = stream_.try_peek(linger);
    if (bytes.empty()) return std::nullopt;
    if (skipped_) {
        auto const some = std::min<std::uint64_t>(bytes.size(), skipped_->octets);
        stream_.consume(static_cast<std::size_t>(some));
        skipped_->octets -= some;
        if (skipped_->octets == 0)
            return guarded([this] { return refuse(std::exchange(skipped_, std::nullopt)->refusal); });
        if (std::chrono::steady_clock::now() < skipped_->until) return net::Next::park;
        timed_out();
        return net::Next::close;
    }
    stream_.consume(incoming_->feed(bytes));
    if (incoming_->wants_octets() && !incoming_->is_endless()) {
        if (std::chrono::steady_clock::now() < incoming_->until()) return net::Next::park;
        timed_out();
        return net::Next::close;
    }
    return guarded([this] { return octets_taken(); });
}

net::Next Session::guarded(std::function<net::Next()> const& work)
{
    in_question_.reset();
    auto next = net::Next::park;
    if (auto const refusal = attempt([&] { next = work(); })) return refuse(*refusal);
    return next;
}

/// The only catch blocks of a session: a refusal is answered, a broken store is "try again later".
std::optional<Reply> Session::attempt(std::function<void()> const& work)
{
    try {
        work();
        return std::nullopt;
    } catch (ClientError const& error) {
        return error.reply();
    } catch (directory::TooManyLogins const&) {
        return Reply{454, "4.7.0", "Too many people log in at this moment, try again in a few seconds"};
    } catch (base::StoreError const& error) {
        base::log(base::Level::error, id_, "store-failed", {{"why", error.what()}});
        return reply_for(error);
    }
}

net::Next Session::execute(net::Line const& line)
{
    if (line.state == net::Line::State::too_long) throw ClientError(500, "5.5.2", "The line is too long");
    if (line.bare_lf) throw ClientError(500, "5.5.2", "A line must end with CR LF");
    auto const command = must_parse_command(line.text);
    auto const* known = CommandTable::find(command.verb);
    if (is_web_request(command.verb)) return hang_up("This is a mail server");
    if (!known) throw ClientError(500, "5.5.1", "Command not recognized");
    // Commands that lead nowhere are a way to hold a connection for ever.
    if ((known->needs & brings_forward) == 0 && !is_exempt() &&
        ++idle_commands_ > shared_->settings.number("mail.limit.idle-commands"))
        return hang_up("Too many commands without a mail");
    must_meet(known->needs);
    return (this->*known->run)(command.arguments);
}

void Session::must_meet(unsigned needs) const
{
    if (auto const refusal = unmet(needs)) throw ClientError(*refusal);
}

std::optional<Reply> Session::unmet(unsigned needs) const
{
    if ((needs & hello) != 0 && hello_.empty()) return Reply{503, "5.5.1", "Say EHLO first"};
    if ((needs & login) != 0 && purpose_ == Purpose::submission && !user_)
        return Reply{530, "5.7.0", is_secure() ? "Log in first" : "Use STARTTLS first, then log in"};
    if ((needs & no_login_yet) != 0 && user_) return Reply{503, "5.5.1", "You are logged in already"};
    if ((needs & no_mail_yet) != 0 && transaction_) return Reply{503, "5.5.1", "A mail is in progress; RSET ends it"};
    if ((needs & (mail | recipient)) != 0 && !transaction_) return Reply{503, "5.5.1", "MAIL first"};
    if ((needs & no_chunk_yet) != 0 && incoming_)
        return Reply{503, "5.5.1", "BDAT has begun; it or RSET must follow"};
    if ((needs & recipient) != 0 && transaction_->recipients.empty())
        return Reply{554, "5.5.1", "No valid recipients"};
    if ((needs & empty_input) != 0 && stream_.has_input())
        return Reply{503, "5.5.1", "Nothing may be sent behind this command"};
    return std::nullopt;
}

void Session::put_in_question(std::string const& sender, std::string recipients)
{
    in_question_ = {.peer = peer_name(),
                    .hello = hello_,
                    .login = user_ ? user_->login : "",
                    .sender = sender,
                    .recipient = std::move(recipients)};
}

void Session::note_refused(Reply const& reply)
{
    if (!in_question_) return;
    in_question_->reply = std::to_string(reply.code) + ' ' + std::string(reply.enhanced) + ' ' + reply.text;
    shared_->refusals.note(stream_.peer(), *std::exchange(in_question_, std::nullopt));
}

net::Next Session::refuse(Reply const& reply)
{
    note_refused(reply);
    answer(reply.code, reply.enhanced, reply.text);
    bool const permanent = reply.code >= 500; // what may pass is not the client's mistake
    if (!permanent || is_exempt()) return net::Next::park;
    auto next = net::Next::park;
    if (attempt([&] { next = count_error(); })) return net::Next::close; // the limits are unknown
    return next;
}

net::Next Session::count_error()
{
    if (++errors_ >= shared_->settings.number("mail.limit.errors")) return hang_up("Too many errors");
    return rest_for(shared_->addresses.failed(stream_.peer()));
}

net::Next Session::rest_for(std::chrono::milliseconds time)
{
    rest_ = time;
    return time > limits::no_wait ? net::Next::rest : net::Next::park;
}

void Session::answer(int code, std::string_view enhanced, std::string text)
{
    stream_.write(Reply{code, enhanced, std::move(text)}.show());
}

net::Next Session::hang_up(Reply const& reply)
{
    note_refused(reply);
    base::log(base::Level::warning, id_, "hung-up", {{"peer", stream_.peer().show()}, {"why", reply.text}});
    answer(reply.code, reply.enhanced, reply.text);
    return net::Next::close;
}

net::Next Session::greet()
{
    greeted_ = true;
    base::log(base::Level::info, id_, "connected",
              {{"peer", peer_name()},
               {"for", purpose_ == Purpose::relay ? "smtp" : "submission"},
               {"tls", stream_.tls_description()}});
    try {
        if (!is_exempt() && !shared_->addresses.may_connect(stream_.peer()))
            return hang_up({421, "4.7.0", "Too many connections or errors from your address, try again later"});
        answer(220, "", host_name() + " ESMTP Kotakpos");
    } catch (base::StoreError const& error) { // before the first command there is no dispatch() to do this
        base::log(base::Level::error, id_, "store-failed", {{"why", error.what()}});
        answer(421, "4.3.0", "The mail system is not ready, try again later");
        return net::Next::close;
    }
    stream_.flush();
    return net::Next::park;
}

void Session::timed_out() { answer(421, "4.4.2", "Nothing came for too long, closing the connection"); }

std::chrono::milliseconds Session::idle_timeout() const
{
    if (hello_.empty() || login_) return limits::hello_wait;
    if (!expects_octets()) return limits::command_wait;
    auto const left = (skipped_ ? skipped_->until : incoming_->until()) - std::chrono::steady_clock::now();
    return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), limits::no_wait, limits::data_piece_wait);
}

void Session::stopping()
{
    answer(421, "4.3.2", "The service is stopping, try again later");
    stream_.flush();
}

std::string Session::host_name() const
{
    return maild::host_name(shared_->context.config, shared_->context.directory);
}

std::string Session::peer_name() const { return stream_.is_local() ? "local" : stream_.peer().show(); }

} // namespace maild::smtp
