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

    bool is_good() const { return code >= 200 && code < 400; }
    bool is_temporary() const { return code >= 400 && code < 500; }
};

class SmtpClient
{
public:
    explicit SmtpClient(std::string const& socket) : stream_(connect_patiently(socket)) {}

    Reply read_reply()
    {
        constexpr std::size_t longest_line = 4096;
        constexpr int most_lines = 200;
        Reply reply;
        for (int i = 0; i < most_lines; ++i) {
            auto const line = stream_.read_line(longest_line, limits::mail_answer, net::after(limits::mail_answer));
            if (line.state != net::Line::State::complete || line.text.size() < 3)
                throw net::Disconnected("the submission service does not answer");
            reply.code =
                static_cast<int>(base::parse_number(std::string_view(line.text).substr(0, 3), 599).value_or(0));
            bool const last = line.text.size() == 3 || line.text[3] != '-';
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

    Reply must(std::string const& line)
    {
        auto reply = command(line);
        if (!reply.is_good()) throw MailFault(MailFault::Kind::unavailable, reply.text);
        return reply;
    }

    /// RFC 5321 4.5.2: a dot in front of every line that begins with one. The message has CRLF line ends.
    Reply data(std::string_view message)
    {
        if (message.starts_with('.')) stream_.write(".");
        while (!message.empty()) {
            auto const dot = message.find("\r\n.");
            if (dot == std::string_view::npos) {
                stream_.write(message);
                if (!message.ends_with("\r\n")) stream_.write("\r\n");
                break;
            }
            stream_.write(message.substr(0, dot + 3));
            stream_.write(".");
            message.remove_prefix(dot + 3);
        }
        stream_.write(".\r\n");
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

Submitted submit(std::string const& socket, Submission const& submission, std::string_view message)
{
    SmtpClient client(socket);
    if (auto const greeting = client.read_reply(); !greeting.is_good())
        throw MailFault(MailFault::Kind::unavailable, greeting.text);
    client.must("EHLO localhost");
    std::string const secret = std::string(1, '\0') + submission.login + std::string(1, '\0') + submission.password;
    if (auto const login = client.command("AUTH PLAIN " + base::base64(secret)); !login.is_good())
        throw MailFault(login.is_temporary() ? MailFault::Kind::unavailable : MailFault::Kind::login, login.text);

    auto const mail = client.command("MAIL FROM:<" + submission.from + "> SIZE=" + std::to_string(message.size()));
    if (!mail.is_good()) return refused(client, mail);
    Submitted result;
    for (auto const& recipient : submission.recipients) {
        auto const reply = client.command("RCPT TO:<" + recipient + ">");
        if (!reply.is_good()) result.refused.push_back({recipient, reply.code, reply.text});
    }
    if (!result.refused.empty()) {
        client.quit();
        return result;
    }
    if (auto const go = client.command("DATA"); !go.is_good()) return refused(client, go);
    if (auto const end = client.data(message); !end.is_good()) return refused(client, end);
    client.quit();
    result.done = true;
    return result;
}

} // namespace httpd::mail
