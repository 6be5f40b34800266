// RFC 3501 sections 6.1 and 6.2: commands of every state, and those before login.

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/imap/limits.h"

namespace maild::imap
{

namespace
{
constexpr std::string_view without_login = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE";
constexpr std::string_view with_login = " IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE SPECIAL-USE "
                                        "CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE "
                                        "MULTIAPPEND";
constexpr std::size_t id_fields_max = 30; ///< RFC 2971 section 3.3

std::optional<std::string> logged_id_field(std::string_view name, std::optional<std::string> const& value)
{
    if (!value || !(base::equal_ignoring_case(name, "name") || base::equal_ignoring_case(name, "version")))
        return std::nullopt;
    return *value;
}

/// Overwrites a secret when its function ends, however it ends.
struct Wiped {
    std::string text;
    ~Wiped() { base::wipe(text); }
};
} // namespace

std::string Session::capabilities() const
{
    auto list = std::string(without_login);
    if (user_) return list.append(with_login) + " APPENDLIMIT=" + std::to_string(context_.config.message_size_max);
    if (context_.tls && !stream_.is_tls() && !stream_.is_local()) list += " STARTTLS";
    list += may_send_password() ? " AUTH=PLAIN AUTH=LOGIN" : " LOGINDISABLED";
    return list;
}

Reply Session::capability(Parser& parser)
{
    parser.must_end();
    untagged("CAPABILITY " + capabilities());
    return ok("That is all");
}

Reply Session::noop(Parser& parser)
{
    parser.must_end();
    return ok("Nothing done");
}

Reply Session::logout(Parser& parser)
{
    parser.must_end();
    close_mailbox();
    untagged("BYE Goodbye");
    closing_ = true;
    return ok("Logged out");
}

/// RFC 2971: who we are, for who tells us who they are.
Reply Session::id(Parser& parser)
{
    parser.must_space();
    std::string client;
    if (!parser.take("NIL")) {
        parser.must_take('(');
        for (std::size_t count = 0; !parser.take(')'); ++count) {
            if (count >= id_fields_max) throw_bad("Too many fields");
            if (count > 0) parser.must_space();
            auto const name = parser.must_string();
            parser.must_space();
            if (auto const value = logged_id_field(name, parser.must_nstring())) client += *value + ' ';
        }
    }
    parser.must_end();
    base::log(base::Level::debug, id_, "imap-client", {{"name", client}});
    untagged("ID (\"name\" \"Kotakpos\" \"version\" " + show_string(KOTAKPOS_VERSION) + ")");
    return ok("Pleased to meet you");
}

Reply Session::starttls(Parser& parser)
{
    parser.must_end();
    if (stream_.is_tls()) throw_bad("TLS is on already");
    if (!context_.tls || stream_.is_local()) throw_bad("TLS is not offered here");
    // Commands sent ahead in clear must not count as sent inside TLS (command injection).
    if (stream_.has_input()) say_goodbye("Nothing may be sent behind STARTTLS before the answer");
    finish(ok("Begin TLS now"));
    stream_.start_tls_server(*context_.tls, net::after(limits::tls_handshake));
    return no_reply();
}

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

Reply Session::login(Parser& parser)
{
    if (!may_send_password()) throw_no("PRIVACYREQUIRED", "Use STARTTLS before you log in");
    parser.must_space();
    auto const name = parser.must_astring();
    parser.must_space();
    Wiped password{parser.must_astring()};
    parser.must_end();
    return log_in(name, password.text, "LOGIN command");
}

/// One answer of a SASL exchange, decoded. `prompt` is already base64.
std::string Session::must_read_sasl(std::string_view prompt)
{
    stream_.write("+ ");
    stream_.write(prompt);
    stream_.write("\r\n");
    Wiped line{reader_.must_read_answer()};
    if (line.text == "*") throw_bad("Authentication was cancelled");
    auto answer = base::from_base64(line.text);
    if (!answer) throw_bad("That is not base64");
    return *answer;
}

/// RFC 3501 6.2.2 with SASL-IR (RFC 4959); PLAIN (RFC 4616) and LOGIN.
Reply Session::authenticate(Parser& parser)
{
    if (!may_send_password()) throw_no("PRIVACYREQUIRED", "Use STARTTLS before you log in");
    parser.must_space();
    auto const mechanism = base::upper(parser.must_atom());
    std::optional<std::string> initial;
    if (parser.take(' ')) {
        auto const text = std::string(parser.take_while(astring_chars));
        initial = text == "=" ? std::string() : base::from_base64(text);
        if (!initial) throw_bad("The initial response is not base64");
    }
    parser.must_end();

    if (mechanism == "PLAIN") {
        Wiped message{initial ? *initial : must_read_sasl("")};
        auto const parts = base::split(message.text, '\0'); // authorization identity, name, password
        if (parts.size() != 3) throw_bad("That is no PLAIN message");
        if (!parts[0].empty() && parts[0] != parts[1]) throw_no("AUTHORIZATIONFAILED", "Log in as yourself");
        Wiped password{std::string(parts[2])};
        return log_in(parts[1], password.text, mechanism);
    }
    if (mechanism == "LOGIN") {
        auto const name = initial ? *initial : must_read_sasl("VXNlcm5hbWU6"); // "Username:"
        Wiped password{must_read_sasl("UGFzc3dvcmQ6")};                        // "Password:"
        return log_in(name, password.text, mechanism);
    }
    throw_no("CANNOT", "This mechanism is not known here");
}

/// Unknown users and wrong passwords get the same answer in the same time (directory::authenticate sees to the time).
Reply Session::log_in(std::string_view name, std::string& password, std::string_view mechanism)
{
    auto* const guard = stream_.is_local() ? nullptr : context_.guard.get(); // the local socket is the webmail's
    if (guard && !guard->may_try(stream_.peer()))
        say_goodbye("Too many failed logins from your address; try again in some minutes");
    auto user = context_.directory.authenticate(name, password);
    if (!user) {
        ++failed_logins_;
        if (guard) guard->failed(stream_.peer());
        base::log(
            base::Level::info, id_, "imap-login-failed",
            {{"user", std::string(name)}, {"peer", stream_.peer().show()}, {"mechanism", std::string(mechanism)}});
        return no("AUTHENTICATIONFAILED", "The name or the password is wrong");
    }
    if (guard) guard->succeeded(stream_.peer());
    context_.store.ensure_account(user->id);
    user_ = std::move(user);
    reader_.set_limits(limits::line, limits::skipped);
    base::log(base::Level::info, id_, "imap-login",
              {{"user", user_->login},
               {"peer", stream_.is_local() ? "local" : stream_.peer().show()},
               {"mechanism", std::string(mechanism)},
               {"tls", stream_.tls_description()}});
    return ok("Logged in", "CAPABILITY " + capabilities());
}

} // namespace maild::imap
