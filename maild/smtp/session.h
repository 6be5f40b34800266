#pragma once
// One SMTP connection: the state, and one function per command. The table that leads to them is in session.cpp.

#include "appliance/net/session.h"
#include "maild/limits.h"
#include "maild/sasl/exchange.h"
#include "maild/sasl/login_guard.h"
#include "maild/smtp/address_limits.h"
#include "maild/smtp/grammar.h"
#include "maild/smtp/incoming.h"
#include "maild/smtp/policy.h"
#include "maild/smtp/refusal_log.h"
#include "maild/smtp/reply.h"
#include "maild/smtp/service.h"
#include "maild/smtp/trace.h"
#include "maild/smtp/user_limits.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace maild::smtp
{

/// What the sessions of a service have in common.
struct Shared {
    explicit Shared(Context the_context)
        : context(std::move(the_context)),
          settings(context.directory, context.clock),
          policy(context.directory, context.spool),
          addresses(settings, context.clock, context.config.limits_exempt),
          users(settings, context.spool, context.clock),
          guard(context.guard ? context.guard
                              : std::make_shared<sasl::LoginGuard>(context.clock, context.config.limits_exempt)),
          logins(*guard),
          refusals(context.spool, context.clock)
    {
    }

    /// kotakpos.conf is the upper bound.
    std::uint64_t message_size()
    {
        return std::min<std::uint64_t>(context.config.message_size_max, settings.number("mail.limit.message-size"));
    }

    Context context;
    directory::Settings settings;
    Policy policy;
    AddressLimits addresses;
    UserLimits users;
    std::shared_ptr<sasl::LoginGuard> guard;
    sasl::LoginGuard& logins; ///< `guard`
    RefusalLog refusals;
    std::atomic<unsigned> incoming = 0; ///< messages being received
    std::mutex converting;              ///< one at a time: it holds the whole message in memory
};

class Session final : public net::Session
{
public:
    Session(net::Stream stream, std::shared_ptr<Shared> shared, Purpose purpose);

    net::Next run() override;
    bool has_work() override { return expects_octets() ? stream_.has_input() : stream_.has_line(); }
    void timed_out() override;
    std::chrono::milliseconds idle_timeout() const override;
    std::chrono::milliseconds rest() const override { return rest_; }
    void stopping() override;
    net::Stream& stream() override { return stream_; }

    /// What must hold before a command runs.
    enum Needs : unsigned {
        nothing = 0,
        hello = 1,            ///< EHLO or HELO was said
        no_login_yet = 2,     ///< nobody is logged in
        login = 4,            ///< submission: somebody is logged in
        no_mail_yet = 8,      ///< no MAIL in progress
        mail = 16,            ///< MAIL was accepted
        recipient = 32,       ///< at least one RCPT was accepted
        empty_input = 64,     ///< nothing may have been sent behind it already
        no_chunk_yet = 128,   ///< no BDAT of this mail
        brings_forward = 256, ///< not counted as an idle command
    };
    struct Command {
        std::string_view verb;
        net::Next (Session::*run)(std::string_view arguments);
        unsigned needs;
    };

private:
    friend class CommandTable;

    // --- commands_session.cpp
    net::Next ehlo(std::string_view arguments);
    net::Next helo(std::string_view arguments);
    net::Next starttls(std::string_view arguments);
    net::Next auth(std::string_view arguments);
    net::Next rset(std::string_view arguments);
    net::Next noop(std::string_view arguments);
    net::Next vrfy(std::string_view arguments);
    net::Next expn(std::string_view arguments);
    net::Next help(std::string_view arguments);
    net::Next quit(std::string_view arguments);
    net::Next xwaiting(std::string_view arguments);
    net::Next xtakeback(std::string_view arguments);
    // --- commands_mail.cpp
    net::Next mail_from(std::string_view arguments);
    net::Next rcpt_to(std::string_view arguments);
    net::Next data(std::string_view arguments);
    net::Next bdat(std::string_view arguments);

    net::Next greet();
    /// Work on what has arrived, or arrives within `linger`. Nothing: not enough came.
    std::optional<net::Next> take_line(std::chrono::milliseconds linger);
    std::optional<net::Next> take_octets(std::chrono::milliseconds linger);
    net::Next guarded(std::function<net::Next()> const& work);
    std::optional<Reply> attempt(std::function<void()> const& work);
    net::Next execute(net::Line const& line);
    std::optional<Reply> unmet(unsigned needs) const;
    void must_meet(unsigned needs) const;
    /// Answers a refusal; closes when there were too many.
    net::Next refuse(Reply const& reply);
    /// Closes when there were too many, or slows down.
    net::Next count_error();
    /// What came behind is not looked at before: slows a client down without holding a thread.
    net::Next rest_for(std::chrono::milliseconds time);
    /// When what runs now is refused, the trace says that these did not get the mail. `recipients`: a line each;
    /// empty: none was named yet.
    void put_in_question(std::string const& sender, std::string recipients);
    void note_refused(Reply const& reply);
    void answer(int code, std::string_view enhanced, std::string text);
    net::Next hang_up(Reply const& reply);
    net::Next hang_up(std::string text) { return hang_up({421, "4.7.0", std::move(text)}); }

    bool is_secure() const { return stream_.is_tls() || stream_.is_local(); }
    bool offers_auth() const { return purpose_ == Purpose::submission && is_secure() && !user_; }
    bool is_exempt() const { return stream_.is_local() || shared_->logins.is_exempt(stream_.peer()); }
    /// The hourly limits hold for who is logged in, in the webmail too, but not in the networks of limits.exempt.
    bool is_counted() const { return user_ && (stream_.is_local() || !shared_->logins.is_exempt(stream_.peer())); }
    void start_over();
    void forget_mail();
    /// A login under way: its next message is the next line.
    struct Login {
        std::string mechanism;
        std::unique_ptr<sasl::Exchange> exchange;
    };
    net::Next ask(Login attempt, std::string_view challenge);
    net::Next take_response(net::Line const& line);
    net::Next proceed(Login attempt, std::string_view message);
    net::Next login_failed(std::string const& name);

    /// MAIL and what follows it, until the message is accepted or RSET.
    struct Transaction {
        message::Address sender;
        queue::Envelope envelope;
        std::uint64_t announced = 0; ///< SIZE of MAIL
        std::vector<queue::NewRecipient> recipients;
        std::uint64_t chunk = 0; ///< octets of the last BDAT
    };
    /// Octets of a refused chunk are thrown away before the refusal is said (RFC 3030 section 2).
    struct Skipped {
        std::uint64_t octets = 0;
        Reply refusal;
        net::Deadline until = net::after(limits::data_wait);
    };
    void must_be_webmail() const;
    /// RFC 5321 4.1.1.11: parameters belong to extensions, and HELO has none.
    void must_know_extensions(bool has_parameters) const;
    // --- extensions.cpp
    std::vector<std::string> extensions() const;
    void must_grant(TransportWishes const& wishes, queue::Envelope& envelope) const;
    base::Timestamp must_grant_release(TransportWishes const& wishes, base::Timestamp now) const;
    int highest_priority() const;
    std::vector<std::string> unwanted_solicitations() const;
    std::optional<Reply> refuse_solicitation(std::vector<std::string> const& classes) const;

    bool expects_octets() const { return skipped_ || (incoming_ && incoming_->wants_octets()); }
    void begin_message(std::variant<DataReader, ChunkReader> reader);
    /// DATA's end, a chunk's end, or too much.
    net::Next octets_taken();
    /// The message is here: judge it, accept it.
    net::Next finish_message();
    /// What is wrong with a message that was read to its end, or nothing. Nothing has been promised to the client
    /// yet: whoever has something to say about the message, or a field to put in front of it, says it here.
    std::optional<Reply> judge(Incoming& incoming, Transaction& transaction) const;
    /// A stranger's message: who speaks for it, and what follows.
    std::optional<Reply> verify(queue::SpoolBody& body, Transaction& transaction) const;
    /// What is binary becomes text: mailboxes and most other servers take nothing else.
    void must_convert(Incoming& incoming, queue::Envelope& envelope) const;
    /// Into the spool; `250` when it is there.
    void accept(queue::SpoolBody& body, Transaction const& transaction);
    /// For the trace. `message_id`: the header field.
    queue::Arrival arrival(queue::Envelope const& envelope, std::string message_id) const;
    std::string received_line(queue::SpoolBody const& body) const;
    std::string protocol(queue::Envelope const& envelope) const;
    std::string peer_name() const;
    std::string host_name() const;

    net::Stream stream_;
    std::shared_ptr<Shared> shared_;
    Purpose purpose_;
    std::string id_; ///< for logs
    bool greeted_ = false;
    std::string hello_;                   ///< what EHLO or HELO said; empty: neither yet
    bool extended_ = false;               ///< EHLO
    std::optional<directory::User> user_; ///< who logged in
    std::optional<Login> login_;
    std::optional<Transaction> transaction_;
    std::unique_ptr<Incoming> incoming_; ///< its message, from DATA or the first BDAT on
    std::optional<Skipped> skipped_;
    std::optional<queue::RefusedMail> in_question_; ///< by what runs now
    unsigned errors_ = 0;
    std::chrono::milliseconds rest_{};
    unsigned idle_commands_ = 0; ///< since the last message
    unsigned login_failures_ = 0;
};

} // namespace maild::smtp
