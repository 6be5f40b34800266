// RFC 3501 sections 6.1 and 6.2: commands of every state, and those before login.

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/sasl/exchange.h"

namespace maild::imap
{

namespace
{
constexpr std::string_view without_login = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE";
constexpr std::string_view with_login =
    " IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE SPECIAL-USE "
    "CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS LIST-MYRIGHTS LIST-METADATA STATUS=SIZE "
    "MULTIAPPEND CONDSTORE QRESYNC UIDONLY NOTIFY CATENATE REPLACE UTF8=ACCEPT ACL RIGHTS=kxte QUOTA "
    "QUOTA=RES-STORAGE METADATA OBJECTID BINARY PREVIEW SAVEDATE COMPRESS=DEFLATE";
/// Of commands_search.cpp and commands_esearch.cpp.
constexpr std::string_view searching = " ESEARCH SEARCHRES WITHIN SORT SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT "
                                       "THREAD=REFERENCES THREAD=REFS CONTEXT=SEARCH CONTEXT=SORT PARTIAL "
                                       "MULTISEARCH INPROGRESS";
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
    if (user_)
        return list.append(with_login).append(searching) +
               " MESSAGELIMIT=" + std::to_string(context_.messages_per_command) +
               " APPENDLIMIT=" + std::to_string(context_.config.message_size_max);
    if (context_.tls && !stream_.is_tls() && !stream_.is_local()) list += " STARTTLS";
    list += may_send_password() ? " " + sasl::offered("AUTH=") : " LOGINDISABLED";
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
    stream_.begin_tls_server(*context_.tls, net::after(limits::tls_handshake));
    return no_reply();
}

/// RFC 4978.
Reply Session::compress(Parser& parser)
{
    parser.must_space();
    auto const algorithm = parser.must_atom();
    parser.must_end();
    if (!base::equal_ignoring_case(algorithm, "DEFLATE")) throw_bad("DEFLATE is the only one");
    if (stream_.is_compressed()) throw_no("COMPRESSIONACTIVE", "It is compressed already");
    if (stream_.has_input()) say_goodbye("Nothing may be sent behind COMPRESS before the answer");
    tell_news(Expunges::tell);
    finish(ok("Compressed from here on"));
    stream_.begin_compression();
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
    must_be_allowed_to_try();
    return logged_in(sasl::check_password(context_.directory, stream_, name, password.text), name, "LOGIN command");
}

/// One answer of a SASL exchange, decoded.
std::string Session::must_read_sasl(std::string_view prompt)
{
    stream_.write("+ ");
    stream_.write(base::base64(prompt));
    stream_.write("\r\n");
    Wiped line{reader_.must_read_answer()};
    if (line.text == "*") throw_bad("Authentication was cancelled");
    auto answer = base::from_base64(line.text);
    if (!answer) throw_bad("That is not base64");
    return *answer;
}

/// RFC 3501 6.2.2 with SASL-IR (RFC 4959).
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

    auto const exchange = sasl::begin(mechanism, context_.directory, stream_);
    if (!exchange) throw_no("CANNOT", "This mechanism is not known here");
    must_be_allowed_to_try();
    Wiped message{initial ? *initial : must_read_sasl(exchange->first_challenge())};
    auto step = exchange->take(message.text);
    while (step.kind == sasl::Step::Kind::challenge) {
        Wiped answer{must_read_sasl(step.text)};
        step = exchange->take(answer.text);
    }
    if (step.kind == sasl::Step::Kind::malformed) throw_bad(step.text);
    if (step.kind == sasl::Step::Kind::not_self) throw_no("AUTHORIZATIONFAILED", step.text);
    return logged_in(std::move(step.user), exchange->name(), mechanism);
}

void Session::must_be_allowed_to_try()
{
    auto* const guard = stream_.is_local() ? nullptr : context_.guard.get(); // the local socket is the webmail's
    if (guard && !guard->may_try(stream_.peer()))
        say_goodbye("Too many failed logins from your address; try again in some minutes");
}

/// Unknown users and wrong passwords get the same answer in the same time (the directory sees to the time).
Reply Session::logged_in(std::optional<directory::User> user, std::string_view name, std::string_view mechanism)
{
    auto* const guard = stream_.is_local() ? nullptr : context_.guard.get();
    if (!user) {
        ++failed_logins_;
        if (guard) guard->failed(stream_.peer(), name);
        base::log(
            base::Level::info, id_, "imap-login-failed",
            {{"user", std::string(name)}, {"peer", stream_.peer().show()}, {"mechanism", std::string(mechanism)}});
        return no("AUTHENTICATIONFAILED", "The name or the password is wrong");
    }
    if (guard) guard->succeeded(stream_.peer(), name);
    context_.store.ensure_account(user->id);
    if (context_.watch) open_login_.emplace(*context_.watch, user->id, news_->wakeup);
    user_ = std::move(user);
    places_.emplace(context_.directory, context_.store, *user_);
    reader_.set_limits(limits::line, limits::skipped);
    base::log(base::Level::info, id_, "imap-login",
              {{"user", user_->login},
               {"peer", stream_.is_local() ? "local" : stream_.peer().show()},
               {"mechanism", std::string(mechanism)},
               {"tls", stream_.tls_description()}});
    return ok("Logged in", "CAPABILITY " + capabilities());
}

} // namespace maild::imap
