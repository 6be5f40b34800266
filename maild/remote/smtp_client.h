#pragma once
// SMTP as a client (RFC 5321): one connection to another server, one message after the other. Not for finding the
// server (mx.h) and not for deciding what a reply means for the queue (queue/remote.h).

#include "appliance/net/stream.h"
#include "maild/limits.h"
#include "maild/queue/spool.h"
#include "maild/remote/mx.h"
#include "maild/remote/server_reply.h"
#include "maild/remote/tls_demand.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace maild::remote
{

using queue::Message;
using queue::Recipient;

/// The bytes of a message as they go over the wire (before dots are doubled).
class Content
{
public:
    explicit Content(Message const& message) : message_(message) {}

    std::uint64_t size() const;
    /// At most `most` bytes from `offset`. Throws StoreError.
    std::string read(std::uint64_t offset, std::size_t most) const;

    std::string head;                     ///< fields of ours in front of it
    std::optional<std::string> rewritten; ///< goes in place of the message

private:
    Message const& message_;
};
/// Makes fields to stand in front of the content, which is final: a signature covers what is sent.
using OutgoingHeaders = std::function<std::string(Content const&)>;

/// The server offers TLS, but it does not work.
class TlsFailure : public net::Disconnected
{
public:
    using net::Disconnected::Disconnected;
};

class SmtpClient
{
public:
    SmtpClient(net::Stream stream, std::string own_name) : stream_(std::move(stream)), own_name_(std::move(own_name))
    {
    }

    /// Greeting, EHLO (or HELO), TLS as far as `demand` and the server want it, login. Throws ServerRefusal,
    /// TlsFailure (what the demand forbids to go on without), Disconnected.
    void open(net::TlsContext& tls, TlsDemand const& demand, std::optional<Credentials> const& credentials = {});
    bool offers(std::string_view extension) const { return extensions_.contains(extension); }
    Security security() const { return security_; }

    /// One transaction: one message to as many of the recipients as the server takes at a time, in order; a reply for
    /// each, `is_asked` or not. At least one is asked while takes_more(). Messages that the server cannot take as
    /// they are, are rewritten (conversion.h) or refused. Throws ServerRefusal (for all recipients), Disconnected
    /// (nobody has got it), StoreError (the body).
    std::vector<ServerReply> send(Message const& message, std::vector<Recipient> const& recipients,
                                  OutgoingHeaders const& headers = {});
    /// Whether the connection is good for another transaction, with this recipient in it (LIMITS MAILMAX and
    /// RCPTDOMAINMAX, RFC 9422; broken by a doubtful end); false: open a new one.
    bool takes_more(Recipient const& recipient) const;
    bool takes_more() const;
    /// RSET; whether the server is still there and well.
    bool is_alive() noexcept;
    /// Says QUIT, does not wait.
    void quit() noexcept;

private:
    struct Plan; // what goes over the wire for one message (smtp_send.cpp)

    // --- smtp_client.cpp: the connection
    void greet();
    void hello();
    void read_offers(std::vector<std::string> const& lines);
    void start_tls(net::TlsContext& tls, TlsDemand const& demand);
    void log_in(Credentials const& credentials);
    ServerReply command(std::string const& line, std::chrono::milliseconds wait);
    ServerReply read_reply(std::chrono::milliseconds wait);
    /// How long the server has from now on for everything but the final reply.
    void begin_budget(std::uint64_t bytes) { budget_ = net::after(limits::transaction_wait + time_for(bytes)); }
    static std::chrono::seconds time_for(std::uint64_t bytes)
    {
        return std::chrono::seconds(bytes / limits::least_rate);
    }
    std::size_t limit(std::string_view name, std::size_t otherwise) const;

    // --- smtp_send.cpp: messages
    Plan plan(Message const& message, std::vector<Recipient> const& recipients, OutgoingHeaders const& headers) const;
    std::string mail_command(Message const& message, Plan const& plan) const;
    std::string recipient_command(Recipient const& recipient, Plan const& plan) const;
    std::size_t takes_of(std::vector<Recipient> const& recipients) const;
    std::vector<ServerReply> transaction(Message const& message, Plan const& plan,
                                         std::vector<Recipient> const& recipients);
    std::vector<ServerReply> envelope(Plan const& plan, std::vector<std::string> const& commands, bool* data_sent);
    void give_up_transaction(bool data_sent);
    ServerReply send_content(Plan const& plan, bool is_started);
    void send_data(Content const& content);
    void send_chunks(Content const& content);
    ServerReply final_reply();

    net::Stream stream_;
    std::string own_name_;
    std::vector<std::string> last_lines_;                        ///< lines of the last reply
    std::map<std::string, std::string, std::less<>> extensions_; ///< keywords of EHLO with their words, in capitals
    Security security_ = Security::clear;
    std::size_t transactions_ = 0;
    std::size_t recipients_most_ = limits::recipients_per_transaction; ///< fewer when the server said "too many"
    std::set<std::string, std::less<>> domains_;                       ///< of all recipients so far
    bool is_broken_ = false;
    net::Deadline budget_ = net::after(limits::transaction_wait);
};

/// Doubles the dots at line starts and makes sure of the last line end (RFC 5321 4.5.2), over pieces of any size.
class DotStuffer
{
public:
    /// The piece, ready for the wire.
    std::string feed(std::string_view piece);
    /// What ends the message.
    std::string finish() const { return at_line_start_ ? ".\r\n" : "\r\n.\r\n"; }

private:
    bool at_line_start_ = true;
    bool after_cr_ = false;
};

} // namespace maild::remote
