#include "maild/remote/smtp_client.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/smtp/grammar.h"

namespace maild::remote
{

namespace
{
using queue::BodyType;
using queue::Returns;

constexpr std::size_t body_piece = 64 << 10;
constexpr std::size_t kept_text = 500; ///< of a reply

/// "5.1.1 " at the front of a reply's text (RFC 2034).
std::string take_enhanced(std::string_view& text, int code)
{
    base::Cursor cursor(text);
    auto const start = cursor.offset();
    if (!cursor.take(static_cast<char>('0' + code / 100)) || !cursor.take('.') || !cursor.take_number(999) ||
        !cursor.take('.') || !cursor.take_number(999) || !(cursor.take(' ') || cursor.at_end()))
        return {};
    std::string enhanced(base::trim(text.substr(start, cursor.offset())));
    text.remove_prefix(cursor.offset());
    return enhanced;
}

std::string printable(std::string_view text)
{
    std::string result(text.substr(0, kept_text));
    for (auto& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
    return result;
}

/// RFC 3461 5.2.
std::string show_notify(unsigned notify)
{
    if ((notify & queue::notify_never) != 0) return "NEVER";
    std::vector<std::string> words;
    if ((notify & queue::notify_success) != 0) words.emplace_back("SUCCESS");
    if ((notify & queue::notify_failure) != 0) words.emplace_back("FAILURE");
    if ((notify & queue::notify_delay) != 0) words.emplace_back("DELAY");
    return base::join(words, ",");
}
} // namespace

std::string ServerReply::show() const
{
    return std::to_string(code) + ' ' + (enhanced.empty() ? "" : enhanced + ' ') + text;
}

ServerReply SmtpClient::read_reply(std::chrono::milliseconds wait)
{
    auto const deadline = net::after(wait);
    ServerReply reply;
    for (std::size_t count = 0; count < limits::reply_lines; ++count) {
        auto const line = stream_.read_line(limits::reply_line, wait, deadline);
        if (line.state != net::Line::State::complete) throw net::Disconnected("the server closed the connection");
        std::string_view text = line.text;
        auto const code = base::parse_number(text.substr(0, 3), 599);
        bool const is_last = text.size() < 4 || text[3] == ' ';
        if (!code || *code < 200 || (!is_last && text[3] != '-'))
            throw net::Disconnected("this server does not speak SMTP");
        reply.code = static_cast<int>(*code);
        text.remove_prefix(std::min<std::size_t>(text.size(), 4));
        if (auto enhanced = take_enhanced(text, reply.code); !enhanced.empty()) reply.enhanced = std::move(enhanced);
        if (reply.text.size() < kept_text) reply.text += (reply.text.empty() ? "" : " ") + printable(text);
        last_lines_.push_back(base::upper(text));
        if (is_last) return reply;
    }
    throw net::Disconnected("the server's reply has no end");
}

ServerReply SmtpClient::command(std::string const& line)
{
    stream_.write(line + "\r\n");
    last_lines_.clear();
    return read_reply(limits::reply_wait);
}

void SmtpClient::hello()
{
    extensions_.clear();
    size_max_ = 0;
    auto reply = command("EHLO " + own_name_);
    if (!reply.is_good()) {
        reply = command("HELO " + own_name_); // RFC 5321 3.2: an old server
        if (!reply.is_good()) throw ServerRefusal(reply);
        return;
    }
    for (auto const& line : last_lines_) {
        auto const blank = std::min(line.find(' '), line.size());
        extensions_.insert(line.substr(0, blank));
        if (line.starts_with("SIZE ")) size_max_ = base::parse_number(base::trim(line.substr(blank))).value_or(0);
    }
}

void SmtpClient::open(net::TlsContext* tls, std::string const& server_name)
{
    auto const greeting = read_reply(limits::reply_wait);
    if (!greeting.is_good()) throw ServerRefusal(greeting);
    hello();
    if (!tls || !offers("STARTTLS")) return;
    if (!command("STARTTLS").is_good()) return;
    if (stream_.has_input()) throw net::Disconnected("the server sent something before TLS");
    try {
        stream_.start_tls_client(*tls, server_name, net::after(limits::tls_wait));
    } catch (net::Disconnected const& error) { // told apart: without TLS it may work
        throw TlsFailure(error.what());
    }
    hello();
}

/// Of the bytes that are sent: ours before the message (Received) stay outside what is signed.
std::string SmtpClient::signatures(Message const& message) const
{
    if (!signer_) return {};
    return signer_->fields_for(
        [&](std::uint64_t offset, std::size_t most) { return message.body.read(message.return_path + offset, most); },
        queue::show(message.id));
}

std::string SmtpClient::mail_command(Message const& message, std::size_t more) const
{
    auto const& envelope = message.envelope;
    std::string line = "MAIL FROM:<" + envelope.sender + ">";
    if (offers("SIZE")) line += " SIZE=" + std::to_string(message.size - message.return_path + more);
    // Without 8BITMIME at the other side we send the bytes as they are, as everybody does by now.
    if (envelope.body_type == BodyType::eight_bit && offers("8BITMIME")) line += " BODY=8BITMIME";
    if (envelope.smtputf8) line += " SMTPUTF8";
    if (!offers("DSN")) return line;
    if (envelope.returns != Returns::unsaid) line += envelope.returns == Returns::full ? " RET=FULL" : " RET=HDRS";
    if (!envelope.envelope_id.empty()) line += " ENVID=" + smtp::encode_xtext(envelope.envelope_id);
    return line;
}

std::string SmtpClient::recipient_command(Recipient const& recipient) const
{
    std::string line = "RCPT TO:<" + recipient.address + ">";
    if (!offers("DSN")) return line;
    if (recipient.notify != queue::notify_unsaid) line += " NOTIFY=" + show_notify(recipient.notify);
    if (auto const semicolon = recipient.original.find(';'); semicolon != std::string::npos)
        line += " ORCPT=" + recipient.original.substr(0, semicolon + 1) +
                smtp::encode_xtext(recipient.original.substr(semicolon + 1));
    return line;
}

std::vector<ServerReply> SmtpClient::send(Message const& message, std::vector<Recipient> const& recipients)
{
    if (size_max_ > 0 && message.size - message.return_path > size_max_)
        throw ServerRefusal({552, "5.3.4", "the message is larger than the other server takes"});
    if (message.envelope.smtputf8 && !offers("SMTPUTF8"))
        throw ServerRefusal({550, "5.6.7", "the other server cannot take addresses in UTF-8"});
    auto const fields = signatures(message);
    if (auto const reply = command(mail_command(message, fields.size())); !reply.is_good())
        throw ServerRefusal(reply);
    std::vector<ServerReply> replies;
    bool any = false;
    for (auto const& recipient : recipients) {
        replies.push_back(command(recipient_command(recipient)));
        any = any || replies.back().is_good();
    }
    if (!any) {
        command("RSET");
        return replies;
    }
    auto end = command("DATA");
    if (end.code == 354) {
        send_body(message, fields);
        try {
            end = read_reply(limits::final_reply_wait);
        } catch (net::Disconnected const& error) { // RFC 1047: nobody knows whether it was taken
            throw Doubt(std::string("no answer after the message: ") + error.what());
        }
    } else if (end.is_good()) {
        throw net::Disconnected("this server does not speak SMTP");
    }
    for (auto& reply : replies)
        if (reply.is_good()) reply = end;
    return replies;
}

void SmtpClient::send_body(Message const& message, std::string const& signatures)
{
    DotStuffer stuffer;
    stream_.write(stuffer.feed(signatures));
    for (std::uint64_t at = message.return_path; at < message.size;) {
        auto const piece = message.body.read(at, body_piece);
        if (piece.empty()) break;
        at += piece.size();
        stream_.write(stuffer.feed(piece));
    }
    stream_.write(stuffer.finish());
    stream_.flush();
}

void SmtpClient::quit() noexcept
{
    try {
        stream_.write("QUIT\r\n");
        stream_.flush();
    } catch (net::Disconnected const&) { // it has gone first
    }
    stream_.close();
}

std::string DotStuffer::feed(std::string_view piece)
{
    std::string out;
    out.reserve(piece.size() + 64);
    while (!piece.empty()) {
        if (at_line_start_ && piece.front() == '.') out += '.';
        auto const lf = piece.find('\n');
        auto const end = lf == std::string_view::npos ? piece.size() : lf + 1;
        bool const crlf = lf != std::string_view::npos && (lf > 0 ? piece[lf - 1] == '\r' : after_cr_);
        out += piece.substr(0, end);
        at_line_start_ = crlf;
        after_cr_ = piece[end - 1] == '\r';
        piece.remove_prefix(end);
    }
    return out;
}

} // namespace maild::remote
