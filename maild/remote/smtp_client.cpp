#include "maild/remote/smtp_client.h"

#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/sasl/client.h"

#include <algorithm>

namespace maild::remote
{

namespace
{
[[noreturn]] void no_smtp() { throw net::Disconnected("this server does not speak SMTP"); }
} // namespace

ServerReply SmtpClient::read_reply(std::chrono::milliseconds wait)
{
    auto const deadline = std::min(net::after(wait), budget_);
    ServerReply reply;
    last_lines_.clear();
    for (std::size_t count = 0; count < limits::reply_lines; ++count) {
        auto const line = stream_.read_line(limits::reply_line, wait, deadline);
        if (line.state == net::Line::State::idle) throw net::Disconnected("the server does not answer");
        if (line.state == net::Line::State::closed) throw net::Disconnected("the server closed the connection");
        ReplyLine parsed;
        if (line.state == net::Line::State::too_long || !parse_reply_line(line.text, parsed)) no_smtp();
        if (count > 0 && parsed.code != reply.code) no_smtp(); // RFC 5321 4.2.1
        reply.code = parsed.code;
        if (!parsed.enhanced.empty()) reply.enhanced = parsed.enhanced;
        reply.text = printable(reply.text + (reply.text.empty() ? "" : " ") + std::string(parsed.text));
        last_lines_.emplace_back(parsed.text);
        if (parsed.is_last) return reply;
    }
    throw net::Disconnected("the server's reply has no end");
}

ServerReply SmtpClient::command(std::string const& line, std::chrono::milliseconds wait)
{
    stream_.write(line + "\r\n");
    return read_reply(wait);
}

void SmtpClient::hello()
{
    extensions_.clear();
    auto reply = command("EHLO " + own_name_, limits::command_reply_wait);
    if (reply.is_good()) return read_offers(last_lines_);
    if (reply.code == 421) throw ServerRefusal(reply);
    reply = command("HELO " + own_name_, limits::command_reply_wait); // RFC 5321 3.2: an old server
    if (!reply.is_good()) throw ServerRefusal(reply);
}

void SmtpClient::read_offers(std::vector<std::string> const& lines)
{
    for (std::size_t i = 1; i < lines.size(); ++i) { // the first is a greeting
        auto const line = base::upper(base::trim(lines[i]));
        auto const end = std::min(line.find_first_of(" ="), line.size()); // "AUTH=LOGIN" of very old servers
        extensions_.emplace(line.substr(0, end),
                            base::trim(std::string_view(line).substr(std::min(end + 1, line.size()))));
    }
}

void SmtpClient::greet()
{
    auto const greeting = read_reply(limits::greeting_wait);
    if (!greeting.is_good()) throw ServerRefusal(greeting);
    hello();
}

void SmtpClient::start_tls(net::TlsContext& tls, TlsDemand const& demand)
{
    if (stream_.has_input()) throw net::Disconnected("the server sent something before TLS");
    try {
        stream_.start_tls_client(tls, demand.peer, net::after(limits::tls_wait));
    } catch (net::Disconnected const& error) { // told apart: without TLS it may work
        throw TlsFailure(error.what());
    }
    bool const is_checked = demand.peer.verify || !demand.peer.tlsa.empty();
    security_ = is_checked ? Security::verified : Security::encrypted;
}

void SmtpClient::open(net::TlsContext& tls, TlsDemand const& demand, std::optional<Credentials> const& credentials)
{
    stream_.set_write_timeout(limits::block_wait);
    begin_budget(0);
    if (demand.start == TlsStart::at_once) start_tls(tls, demand);
    greet();
    if (demand.start == TlsStart::starttls && demand.try_tls && offers("STARTTLS")) {
        if (command("STARTTLS", limits::command_reply_wait).code == 220) {
            start_tls(tls, demand);
            hello();
        }
    }
    if (security_ < demand.least) throw TlsFailure("the server offers no TLS");
    if (credentials) log_in(*credentials);
}

void SmtpClient::log_in(Credentials const& credentials)
{
    // Never retried in clear text: the password would be everybody's.
    if (security_ == Security::clear) throw TlsFailure("the server offers no TLS, so the password is not given");
    auto const offered = extensions_.find("AUTH");
    auto login = sasl::begin_client(offered == extensions_.end() ? "" : offered->second, credentials.name,
                                    credentials.password);
    if (!login) throw ServerRefusal({454, "4.7.0", "the other server offers no way to log in that we know", true});
    auto line = "AUTH " + login->mechanism();
    if (auto const first = login->first()) line += ' ' + (first->empty() ? "=" : base::base64(*first));
    for (unsigned rounds = 0; rounds < limits::auth_rounds; ++rounds) {
        auto const reply = command(line, limits::command_reply_wait);
        if (reply.code == 235 && login->is_satisfied()) return;
        if (reply.code != 334)
            throw ServerRefusal({454, reply.enhanced.empty() ? "4.7.8" : '4' + reply.enhanced.substr(1),
                                 "login refused: " + reply.text});
        auto const text = base::from_base64(base::trim(last_lines_.back()));
        auto const answer = text ? login->answer(*text) : std::nullopt;
        line = answer ? base::base64(*answer) : "*";
    }
    throw net::Disconnected("the login has no end");
}

std::size_t SmtpClient::limit(std::string_view name, std::size_t otherwise) const
{
    auto const limits = extensions_.find("LIMITS");
    if (limits == extensions_.end()) return otherwise;
    for (auto const word : base::split(limits->second, ' ')) {
        if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != '=') continue;
        auto const number = base::parse_number(word.substr(name.size() + 1), otherwise);
        if (number && *number > 0) return static_cast<std::size_t>(*number);
    }
    return otherwise;
}

bool SmtpClient::takes_more() const
{
    return !is_broken_ && transactions_ < limit("MAILMAX", limits::messages_per_connection);
}

bool SmtpClient::takes_more(Recipient const& recipient) const { return takes_more() && takes_of({recipient}) == 1; }

bool SmtpClient::is_alive() noexcept
{
    try {
        return !stream_.has_input() && command("RSET", limits::rset_wait).is_good();
    } catch (net::Disconnected const&) { // that is the answer
        return false;
    }
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
