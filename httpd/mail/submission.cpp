#include "httpd/mail/submission.h"

#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "httpd/limits.h"
#include "httpd/mail/imap_client.h"

namespace httpd::mail
{

namespace
{
struct Reply {
    int code = 0;
    std::string text;
    std::vector<std::string> lines;

    bool is_good() const { return code >= 200 && code < 400; }
    bool is_temporary() const { return code >= 400 && code < 500; }
};

/// RFC 5321 4.5.2: a dot in front of every line that begins with one, and one alone at the end.
class DotStuffing
{
public:
    explicit DotStuffing(net::Stream& stream) : stream_(stream) {}

    void add(std::string_view piece)
    {
        std::size_t written = 0;
        for (auto dot = piece.find('.'); dot != std::string_view::npos; dot = piece.find('.', dot + 1)) {
            if (two_before(piece, dot) != "\r\n") continue;
            stream_.write(piece.substr(written, dot - written));
            stream_.write(".");
            written = dot;
        }
        stream_.write(piece.substr(written));
        end_ = two_before(piece, piece.size());
    }
    void finish() { stream_.write(end_ == "\r\n" ? ".\r\n" : "\r\n.\r\n"); }

private:
    std::string two_before(std::string_view piece, std::size_t at) const
    {
        if (at >= 2) return std::string(piece.substr(at - 2, 2));
        return (end_ + std::string(piece.substr(0, at))).substr(at);
    }

    net::Stream& stream_;
    std::string end_ = "\r\n"; ///< the last two bytes so far
};

class SmtpClient
{
public:
    explicit SmtpClient(std::string const& socket) : stream_(connect_patiently(socket)) {}

    Reply read_reply()
    {
        constexpr std::size_t longest_line = 4096;
        constexpr int most_lines = 300;
        Reply reply;
        for (int i = 0; i < most_lines; ++i) {
            auto const line = stream_.read_line(longest_line, limits::mail_answer, net::after(limits::mail_answer));
            if (line.state != net::Line::State::complete || line.text.size() < 3)
                throw net::Disconnected("the submission service does not answer");
            reply.code =
                static_cast<int>(base::parse_number(std::string_view(line.text).substr(0, 3), 599).value_or(0));
            bool const last = line.text.size() == 3 || line.text[3] != '-';
            reply.lines.push_back(line.text.substr(std::min<std::size_t>(4, line.text.size())));
            reply.text +=
                (reply.text.empty() ? "" : " ") + line.text.substr(std::min<std::size_t>(4, line.text.size()));
            if (last) return reply;
        }
        throw net::Disconnected("the submission service talks without end");
    }

    Reply command(std::string const& line)
    {
        stream_.write(line + "\r\n");
        return read_reply();
    }

    void log_in(std::string const& login, std::string const& password)
    {
        if (auto const greeting = read_reply(); !greeting.is_good())
            throw MailFault(MailFault::Kind::unavailable, greeting.text);
        must("EHLO localhost");
        std::string const secret = std::string(1, '\0') + login + std::string(1, '\0') + password;
        if (auto const reply = command("AUTH PLAIN " + base::base64(secret)); !reply.is_good())
            throw MailFault(reply.is_temporary() ? MailFault::Kind::unavailable : MailFault::Kind::login, reply.text);
    }

    Reply must(std::string const& line)
    {
        auto reply = command(line);
        if (!reply.is_good()) throw MailFault(MailFault::Kind::unavailable, reply.text);
        return reply;
    }

    /// The message has CRLF line ends.
    Reply data(message::Content const& message)
    {
        DotStuffing stuffing(stream_);
        message.read([&](std::string_view piece) { stuffing.add(piece); });
        stuffing.finish();
        return read_reply();
    }

    void quit()
    {
        stream_.write("QUIT\r\n");
        stream_.close();
    }

private:
    net::Stream stream_;
};

/// A refusal of the whole message. Temporary ones are the daemon's trouble.
Submitted refused(SmtpClient& client, Reply const& reply)
{
    client.quit();
    if (reply.is_temporary() && reply.code != 452) throw MailFault(MailFault::Kind::unavailable, reply.text);
    Submitted result;
    result.code = reply.code;
    result.why = reply.text;
    return result;
}
} // namespace

Submitted submit(std::string const& socket, Submission const& submission, message::Content const& message)
{
    SmtpClient client(socket);
    client.log_in(submission.login, submission.password);
    auto const mail = client.command("MAIL FROM:<" + submission.from + "> SIZE=" + std::to_string(message.size()) +
                                     (submission.hold.empty() ? "" : " " + submission.hold));
    if (!mail.is_good()) return refused(client, mail);
    Submitted result;
    for (auto const& recipient : submission.recipients) {
        auto const reply = client.command("RCPT TO:<" + recipient + ">" +
                                          (submission.wants_report ? " NOTIFY=SUCCESS,FAILURE,DELAY" : ""));
        if (!reply.is_good()) result.refused.push_back({recipient, reply.code, reply.text});
    }
    if (!result.refused.empty()) {
        client.quit();
        return result;
    }
    if (auto const go = client.command("DATA"); !go.is_good()) return refused(client, go);
    auto const end = client.data(message);
    if (!end.is_good()) return refused(client, end);
    client.quit();
    result.done = true;
    result.id = end.text.substr(end.text.rfind(' ') + 1); // "2.0.0 Accepted as ID", "... Accepted before as ID"
    result.before = end.text.find("Accepted before") != std::string::npos;
    return result;
}

std::vector<Waiting> waiting(std::string const& socket, std::string const& login, std::string const& password)
{
    SmtpClient client(socket);
    client.log_in(login, password);
    auto const reply = client.must("XWAITING");
    client.quit();
    std::vector<Waiting> mails;
    for (auto const& line : reply.lines) {
        auto const words = base::split(line, ' ');
        if (words.size() < 2 || words[0] == "2.0.0") continue;
        auto const release = base::parse_number(words[1], INT64_MAX).value_or(0);
        mails.push_back({std::string(words[0]), static_cast<base::Timestamp>(release),
                         words.size() > 2 ? std::string(words[2]) : std::string()});
    }
    return mails;
}

bool take_back(std::string const& socket, std::string const& login, std::string const& password,
               std::string const& id)
{
    SmtpClient client(socket);
    client.log_in(login, password);
    auto const reply = client.command("XTAKEBACK " + id);
    client.quit();
    if (reply.is_temporary()) throw MailFault(MailFault::Kind::unavailable, reply.text);
    return reply.is_good();
}

} // namespace httpd::mail
