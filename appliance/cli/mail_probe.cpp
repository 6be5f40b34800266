#include "appliance/cli/mail_probe.h"

#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/cli/probe.h"
#include "appliance/net/stream.h"

#include <thread>

namespace cli
{

namespace
{
using std::chrono::milliseconds;
constexpr std::size_t longest_line = 8192;
constexpr milliseconds patience{10000};
constexpr milliseconds between_looks{20};
constexpr base::Timestamp token_life = 60'000'000;

std::string read_line(net::Stream& stream)
{
    auto line = stream.read_line(longest_line, patience, net::after(patience));
    if (line.state != net::Line::State::complete) throw net::Disconnected("the service stopped answering");
    return std::move(line.text);
}

/// One SMTP command; the last line of the reply must begin with the code.
void smtp(net::Stream& stream, std::string const& command, std::string_view code)
{
    if (!command.empty()) stream.write(command + "\r\n");
    stream.flush();
    auto line = read_line(stream);
    while (line.size() > 3 && line[3] == '-') line = read_line(stream);
    if (!line.starts_with(code)) throw net::Disconnected("SMTP answered: " + line);
}

void send(config::Config const& config, std::string const& address, std::string const& message_id)
{
    auto const found = config.listen.find("smtp");
    if (found == config.listen.end() || found->second.empty()) throw net::Disconnected("smtp.listen is off");
    auto stream = net::Stream::connect(reachable(found->second.front()), net::after(patience));
    smtp(stream, "", "220");
    smtp(stream, "EHLO localhost", "250");
    smtp(stream, "MAIL FROM:<>", "250"); // the null sender: a failure must not write to anybody
    smtp(stream, "RCPT TO:<" + address + ">", "250");
    smtp(stream, "DATA", "354");
    stream.write("From: Kotakpos <" + address + ">\r\nTo: <" + address + ">\r\nSubject: kotakpos check\r\nDate: " +
                 base::rfc5322_date(base::system_clock().now()) + "\r\nMessage-ID: " + message_id +
                 "\r\nAuto-Submitted: auto-generated\r\n\r\nThe box writes to itself. This mail removes itself.\r\n");
    smtp(stream, ".", "250");
    smtp(stream, "QUIT", "221");
}

/// A minimal IMAP client: one command at a time, untagged lines collected.
class Imap
{
public:
    Imap(config::Config const& config, std::string const& server_name) : stream_(open(config, server_name))
    {
        if (!read_line(stream_).starts_with("* OK")) throw net::Disconnected("IMAP does not greet");
    }

    std::string command(std::string const& text)
    {
        stream_.write("c " + text + "\r\n");
        stream_.flush();
        std::string untagged;
        for (;;) {
            auto const line = read_line(stream_);
            if (line.starts_with("c OK")) return untagged;
            if (line.starts_with("c ")) throw net::Disconnected("IMAP answered: " + line);
            untagged += line + "\n";
        }
    }

private:
    /// The way of a mail program with TLS where it is on, so that the certificate is tried too; else the local
    /// socket.
    static net::Stream open(config::Config const& config, std::string const& server_name)
    {
        auto const found = config.listen.find("imaps");
        if (found == config.listen.end() || found->second.empty())
            return net::Stream::connect_unix("run/imap.sock", net::after(patience));
        auto stream = net::Stream::connect(reachable(found->second.front()), net::after(patience));
        bool const own = config.tls_certificate.empty(); // else its CA is not ours to know
        auto const context = net::TlsContext::client(own ? "ca.crt" : "");
        stream.start_tls_client(*context, own ? server_name : "", net::after(patience));
        return stream;
    }

    net::Stream stream_;
};

/// "* SEARCH 4 7" -> "7"; empty when nothing was found.
std::string last_uid(std::string const& untagged)
{
    for (auto const line : base::split(untagged, '\n')) {
        if (!line.starts_with("* SEARCH")) continue;
        auto const words = base::split(base::trim(line), ' ');
        return words.size() > 2 ? std::string(words.back()) : "";
    }
    return {};
}

std::string wait_for(Imap& imap, std::string const& message_id)
{
    auto const deadline = net::after(patience);
    while (std::chrono::steady_clock::now() < deadline) {
        auto const uid = last_uid(imap.command("UID SEARCH HEADER Message-ID \"" + message_id + "\""));
        if (!uid.empty()) return uid;
        std::this_thread::sleep_for(between_looks);
        imap.command("NOOP");
    }
    throw net::Disconnected("the mail was accepted but did not arrive in the mailbox");
}

/// A password for one minute that goes away in any case.
class Token
{
public:
    Token(directory::Directory& directory, directory::UserId user)
        : directory_(directory),
          text_(directory.add_app_password(user, "check", base::system_clock().now() + token_life))
    {
    }
    ~Token()
    {
        try {
            directory_.remove_app_password(text_);
        } catch (base::StoreError const&) { // it ends by itself in a minute
        }
    }
    Token(Token const&) = delete;
    Token& operator=(Token const&) = delete;
    std::string const& text() const { return text_; }

private:
    directory::Directory& directory_;
    std::string text_;
};
} // namespace

double send_mail_to_itself(MailProbe const& probe)
{
    auto const domain = probe.directory.domain();
    auto const message_id = "<check." + base::random_hex(8) + "@" + domain + ">";
    Token const token(probe.directory, probe.user.id);
    Imap imap(probe.config, "mail." + domain);
    imap.command("LOGIN " + probe.user.login + " \"" + token.text() + "\"");
    imap.command("SELECT INBOX");
    auto const begin = std::chrono::steady_clock::now();
    send(probe.config, probe.user.login + "@" + domain, message_id);
    auto const uid = wait_for(imap, message_id);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
    imap.command("UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)");
    imap.command("UID EXPUNGE " + uid);
    imap.command("LOGOUT");
    return took.count();
}

} // namespace cli
