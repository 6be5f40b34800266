#pragma once
// SMTP as a client (RFC 5321): one connection to another server, one message after the other. Not for finding the
// server (mx.h) and not for deciding what a reply means for the queue (remote.h).

#include "appliance/net/stream.h"
#include "maild/auth/outbound.h"
#include "maild/queue/spool.h"

#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace maild::remote
{

struct ServerReply {
    int code = 0;
    std::string enhanced; ///< "5.1.1"; empty when there was none
    std::string text;     ///< all lines, joined by blanks, printable

    bool is_good() const { return code >= 200 && code < 400; }
    bool is_permanent() const { return code >= 500; }
    /// "550 5.1.1 No such user".
    std::string show() const;
};

/// The server refused before any recipient was named (greeting, EHLO, MAIL).
class ServerRefusal : public std::runtime_error
{
public:
    explicit ServerRefusal(ServerReply reply) : std::runtime_error(reply.show()), reply_(std::move(reply)) {}
    ServerReply const& reply() const { return reply_; }

private:
    ServerReply reply_;
};

/// The server offers TLS, but it does not work.
class TlsFailure : public net::Disconnected
{
public:
    using net::Disconnected::Disconnected;
};

/// The message's last line is out, but the answer did not come: it may have been taken.
class Doubt : public net::Disconnected
{
public:
    using net::Disconnected::Disconnected;
};

using queue::Message;
using queue::Recipient;

class SmtpClient
{
public:
    SmtpClient(net::Stream stream, std::string own_name) : stream_(std::move(stream)), own_name_(std::move(own_name))
    {
    }

    /// Greeting, EHLO (or HELO), and TLS when the server offers it and `tls` is set. Throws ServerRefusal,
    /// TlsFailure, Disconnected.
    void open(net::TlsContext* tls, std::string const& server_name);
    /// Messages of ours are signed from now on (DKIM), behind everything that changes them. Borrowed.
    void sign_with(auth::OutboundSigner* signer) { signer_ = signer; }
    bool offers(std::string_view extension) const { return extensions_.count(std::string(extension)) != 0; }

    /// One message to some recipients; a reply for each. Throws ServerRefusal, Disconnected, StoreError (the body).
    std::vector<ServerReply> send(Message const& message, std::vector<Recipient> const& recipients);
    /// Says QUIT, does not wait.
    void quit() noexcept;

private:
    ServerReply command(std::string const& line);
    ServerReply read_reply(std::chrono::milliseconds wait);
    void hello();
    std::string mail_command(Message const& message, std::size_t more) const;
    std::string recipient_command(Recipient const& recipient) const;
    std::string signatures(Message const& message) const;
    void send_body(Message const& message, std::string const& signatures);

    net::Stream stream_;
    std::string own_name_;
    auth::OutboundSigner* signer_ = nullptr;
    std::vector<std::string> last_lines_; ///< lines of the last reply, in capitals
    std::set<std::string> extensions_;    ///< keywords of EHLO, in capitals
    std::uint64_t size_max_ = 0;          ///< of SIZE; 0: not said
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
