#pragma once
// One POP3 connection: its state, and one function per command. The table, the loop and the dispatch are in
// session.cpp; the commands in commands_auth.cpp (before login) and commands_mail.cpp (after).

#include "appliance/base/cursor.h"
#include "appliance/net/session.h"
#include "maild/pop3/maildrop.h"
#include "maild/pop3/service.h"
#include "maild/sasl/login_guard.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace maild::pop3
{

/// What all sessions have in common.
struct Shared {
    Context context;
    sasl::LoginGuard guard;
};

/// The states of RFC 1939 section 3, as bits. UPDATE is the end of QUIT.
enum State : unsigned {
    authorization = 1,
    transaction = 2,
    any_state = authorization | transaction,
};

/// The answer "-ERR [code] text"; the code may be empty (RFC 2449 section 8, RFC 3206).
class ClientError : public std::runtime_error
{
public:
    ClientError(std::string code, std::string const& text) : std::runtime_error(text), code_(std::move(code)) {}
    std::string line() const { return "-ERR " + (code_.empty() ? "" : '[' + code_ + "] ") + what(); }

private:
    std::string code_;
};

class Session final : public net::Session
{
public:
    Session(net::Stream stream, std::shared_ptr<Shared> shared);
    ~Session() override;

    net::Next run() override;
    /// RFC 1939 section 3: closes without a word and without the UPDATE state.
    void timed_out() override {}
    std::chrono::milliseconds idle_timeout() const override;
    void stopping() override {}
    net::Stream& stream() override { return stream_; }

private:
    struct Command {
        std::string_view name;
        void (Session::*run)(base::Cursor&);
        unsigned states;
    };
    static Command const* find_command(std::string_view name);

    // session.cpp
    void handle(net::Line const& line);
    void dispatch(std::string_view line);
    void run_command(std::string_view line);
    void complain(ClientError const& error);
    void answer(std::string_view text);
    State state() const { return maildrop_ ? transaction : authorization; }

    // commands_auth.cpp: RFC 1939 section 7, RFC 2449, RFC 2595, RFC 5034
    void user(base::Cursor& arguments);
    void pass(base::Cursor& arguments);
    void capa(base::Cursor& arguments);
    void stls(base::Cursor& arguments);
    void auth(base::Cursor& arguments);
    bool may_send_password() const;
    void must_be_private() const;
    std::string must_read_sasl(std::string_view prompt, std::optional<std::string> const& initial);
    void must_be_allowed_to_try();
    void logged_in(std::optional<directory::User> const& found, std::string const& login, std::string_view mechanism);
    [[noreturn]] void refuse_login(std::string const& login, std::string_view mechanism);

    // commands_mail.cpp: RFC 1939 sections 4 to 7
    void quit(base::Cursor& arguments);
    void stat(base::Cursor& arguments);
    void list(base::Cursor& arguments);
    void retr(base::Cursor& arguments);
    void dele(base::Cursor& arguments);
    void noop(base::Cursor& arguments);
    void rset(base::Cursor& arguments);
    void top(base::Cursor& arguments);
    void uidl(base::Cursor& arguments);
    std::size_t must_number(base::Cursor& arguments) const;
    std::unique_ptr<mailbox::BodyReader> must_open(std::size_t number);
    void send_listing(std::string_view first_line, std::string (Session::*show)(std::size_t number) const);
    std::string show_size(std::size_t number) const;
    std::string show_unique_id(std::size_t number) const;
    void send_body(mailbox::BodyReader& body, std::optional<std::uint64_t> body_lines);

    std::shared_ptr<Shared> const shared_;
    net::Stream stream_;
    std::string const id_; ///< in every log line of this connection
    net::Deadline const connected_;

    bool greeting_due_ = true;
    bool closing_ = false;             ///< after the current answer
    std::string login_;                ///< of USER, until PASS
    std::string user_;                 ///< set: logged in
    std::optional<Maildrop> maildrop_; ///< set: TRANSACTION state
    unsigned failed_logins_ = 0;
    unsigned bad_commands_ = 0; ///< in a row
};

/// Throws unless all arguments were taken.
void must_end(base::Cursor const& arguments);

} // namespace maild::pop3
