#pragma once
// One POP3 connection: its state, and one function per command. The table, the loop and the dispatch are in
// session.cpp; the commands in commands_auth.cpp (before login), commands_language.cpp (in every state) and
// commands_mail.cpp (after login).

#include "appliance/base/cursor.h"
#include "appliance/i18n/catalog.h"
#include "appliance/net/session.h"
#include "maild/pop3/maildrop.h"
#include "maild/pop3/service.h"
#include "maild/sasl/open_login.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace maild::pop3
{

/// The states of RFC 1939 section 3, as bits. UPDATE is the end of QUIT.
enum State : unsigned {
    authorization = 1,
    transaction = 2,
    any_state = authorization | transaction,
};

using Arguments = std::vector<std::string>;

/// The answer "-ERR [code] text"; the code may be empty (RFC 2449 section 8, RFC 3206). `text` is an id of the
/// catalogue, `arguments` stand at its {1}, {2}.
class ClientError : public std::runtime_error
{
public:
    ClientError(std::string code, std::string const& text, Arguments arguments = {})
        : std::runtime_error(text), code_(std::move(code)), arguments_(std::move(arguments))
    {
    }
    std::string const& code() const { return code_; }
    Arguments const& arguments() const { return arguments_; }

private:
    std::string code_;
    Arguments arguments_;
};

class Session final : public net::Session
{
public:
    Session(net::Stream stream, net::Wakeup wakeup, Context context);
    ~Session() override;

    net::Next run() override;
    /// RFC 1939 section 3: closes without a word and without the UPDATE state.
    void timed_out() override {}
    std::chrono::milliseconds idle_timeout() const override;
    std::chrono::milliseconds rest() const override;
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
    void answer(std::string_view line);
    /// "+OK " and the text in the client's language.
    void ok(std::string_view text, Arguments const& arguments = {});
    void error(std::string_view code, std::string_view text, Arguments const& arguments = {});
    std::string in_language(std::string_view text, Arguments const& arguments) const;
    State state() const { return maildrop_ ? transaction : authorization; }

    // commands_auth.cpp: RFC 1939 section 7, RFC 2595, RFC 5034
    void user(base::Cursor& arguments);
    void pass(base::Cursor& arguments);
    void stls(base::Cursor& arguments);
    void auth(base::Cursor& arguments);
    bool offers_tls() const;
    bool may_send_password() const;
    void must_be_private() const;
    void list_mechanisms();
    std::string must_read_sasl(std::string_view prompt, std::optional<std::string> const& initial);
    void must_be_allowed_to_try();
    void logged_in(std::optional<directory::User> const& found, std::string const& login, std::string_view mechanism);
    void refuse_login(std::string const& login, std::string_view mechanism);

    // commands_language.cpp: RFC 2449, RFC 6856
    void capa(base::Cursor& arguments);
    void utf8(base::Cursor& arguments);
    void lang(base::Cursor& arguments);

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
    void send_listing(std::string (Session::*show)(std::size_t number) const);
    std::string show_size(std::size_t number) const;
    std::string show_unique_id(std::size_t number) const;
    void send_body(mailbox::BodyReader& body, std::optional<std::uint64_t> body_lines);

    Context const context_;
    net::Stream stream_;
    net::Wakeup const wakeup_;
    std::string const id_; ///< in every log line of this connection
    net::Deadline const connected_;

    bool greeting_due_ = true;
    bool closing_ = false; ///< after the current answer
    std::string login_;    ///< of USER, until PASS
    std::string user_;     ///< set: logged in
    std::optional<sasl::OpenLogin> open_login_;
    std::optional<Maildrop> maildrop_; ///< set: TRANSACTION state
    i18n::Catalog const* catalog_;     ///< of the texts in answers (RFC 6856 section 3)
    bool utf8_ = false;                ///< the client has said UTF8
    std::string owed_;                 ///< the answer to a failed login, after a rest
    unsigned failed_logins_ = 0;
    unsigned bad_commands_ = 0; ///< in a row
};

/// Throws unless all arguments were taken.
void must_end(base::Cursor const& arguments);

} // namespace maild::pop3
