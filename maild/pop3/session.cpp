#include "maild/pop3/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/pop3/limits.h"

#include <algorithm>

namespace maild::pop3
{

/// RFC 1939 in its order, then the extensions. The state is checked before the function runs.
Session::Command const* Session::find_command(std::string_view name)
{
    static constexpr Command commands[] = {
        {"QUIT", &Session::quit, any_state},     {"STAT", &Session::stat, transaction},
        {"LIST", &Session::list, transaction},   {"RETR", &Session::retr, transaction},
        {"DELE", &Session::dele, transaction},   {"NOOP", &Session::noop, transaction},
        {"RSET", &Session::rset, transaction},   {"TOP", &Session::top, transaction},
        {"UIDL", &Session::uidl, transaction},   {"USER", &Session::user, authorization},
        {"PASS", &Session::pass, authorization}, {"CAPA", &Session::capa, any_state}, // RFC 2449
        {"STLS", &Session::stls, authorization},                                      // RFC 2595
        {"AUTH", &Session::auth, authorization},                                      // RFC 5034
        {"UTF8", &Session::utf8, authorization}, {"LANG", &Session::lang, any_state}, // RFC 6856
    };
    auto const is_named = [&](Command const& command) { return base::equal_ignoring_case(command.name, name); };
    auto const* const found = std::find_if(std::begin(commands), std::end(commands), is_named);
    return found == std::end(commands) ? nullptr : found;
}

Session::Session(net::Stream stream, net::Wakeup wakeup, Context context)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      wakeup_(std::move(wakeup)),
      id_(base::random_hex(6)),
      connected_(std::chrono::steady_clock::now()),
      catalog_(&i18n::catalog("en"))
{
}

Session::~Session()
{
    if (!user_.empty()) base::log(base::Level::info, id_, "pop3-logout", {{"user", user_}});
}

net::Next Session::run()
{
    if (std::exchange(greeting_due_, false)) ok("Kotakpos POP3 ready");
    if (!owed_.empty()) answer(std::exchange(owed_, {}));
    while (!closing_) {
        if (open_login_ && open_login_->is_over()) {
            error("AUTH", open_login_->why());
            return net::Next::close;
        }
        auto const line = stream_.read_line(limits::command_line, limits::linger, net::after(limits::command_time));
        if (line.state == net::Line::State::idle) return net::Next::park;
        if (line.state == net::Line::State::closed) return net::Next::close;
        handle(line);
        if (!owed_.empty()) return net::Next::rest;
    }
    return net::Next::close;
}

void Session::handle(net::Line const& line)
{
    if (line.state == net::Line::State::too_long) return complain(ClientError("", "The line is too long"));
    dispatch(line.text);
}

/// The only place where a command's errors are caught: every one becomes its answer.
void Session::dispatch(std::string_view line)
{
    try {
        run_command(line);
        bad_commands_ = 0;
    } catch (ClientError const& error) {
        complain(error);
    } catch (directory::TooManyLogins const&) {
        error("SYS/TEMP", "Too many people log in at this moment; try again in a few seconds");
    } catch (base::StoreError const& failure) {
        base::log(base::Level::error, id_, "store-failed", {{"user", user_}, {"why", failure.what()}});
        if (failure.fault() == base::StoreFault::corrupt)
            error("SYS/PERM", "The mail store is damaged; tell your administrator");
        else if (failure.fault() == base::StoreFault::full)
            error("SYS/TEMP", base::disk_full_text);
        else
            error("SYS/TEMP", "The mail store does not answer now; try again later");
    }
}

void Session::run_command(std::string_view line)
{
    base::Cursor cursor(line);
    auto const* const command = find_command(cursor.take_while(base::letters | base::digits));
    if (!command || !(cursor.at_end() || cursor.take(' '))) throw ClientError("", "Unknown command");
    if ((command->states & state()) == 0 && state() == authorization) throw ClientError("", "Log in first");
    if ((command->states & state()) == 0) throw ClientError("", "You are logged in already");
    (this->*command->run)(cursor);
}

void Session::complain(ClientError const& refusal)
{
    error(refusal.code(), refusal.what(), refusal.arguments());
    if (++bad_commands_ >= limits::bad_commands) closing_ = true;
}

void Session::answer(std::string_view line)
{
    stream_.write(line);
    stream_.write("\r\n");
}

void Session::ok(std::string_view text, Arguments const& arguments) { answer("+OK " + in_language(text, arguments)); }

void Session::error(std::string_view code, std::string_view text, Arguments const& arguments)
{
    std::string line = "-ERR ";
    if (!code.empty()) line.append("[").append(code).append("] ");
    answer(line + in_language(text, arguments));
}

std::string Session::in_language(std::string_view text, Arguments const& arguments) const
{
    return base::format(catalog_->text(text), arguments);
}

std::chrono::milliseconds Session::idle_timeout() const
{
    if (maildrop_) return limits::autologout;
    auto const left = connected_ + limits::before_login - std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), limits::Milliseconds(0));
}

std::chrono::milliseconds Session::rest() const
{
    bool const is_free = stream_.is_local() || context_.guard->is_exempt(stream_.peer());
    return is_free ? limits::Milliseconds(0) : limits::login_delay * failed_logins_;
}

void must_end(base::Cursor const& arguments)
{
    if (!arguments.at_end()) throw ClientError("", "There is too much behind the command");
}

} // namespace maild::pop3
