#include "appliance/cli/mail_client.h"

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/cli/probe.h"

#include <thread>

namespace cli
{

namespace
{
using std::chrono::milliseconds;
constexpr std::size_t longest_line = 8192;
constexpr milliseconds between_looks{20};
constexpr base::Timestamp token_life = 60'000'000;

std::string read_line(net::Stream& stream)
{
    auto line = stream.read_line(longest_line, mail_patience, net::after(mail_patience));
    if (line.state != net::Line::State::complete) throw net::Disconnected("the service stopped answering");
    return std::move(line.text);
}

bool is_off(config::Config const& config, std::string const& service)
{
    auto const found = config.listen.find(service);
    return found == config.listen.end() || found->second.empty();
}

/// The way of a mail program with TLS where it is on, so that the certificate is tried too; else the local socket.
net::Stream open_imap(config::Config const& config, std::string const& server_name)
{
    if (is_off(config, "imaps")) return net::Stream::connect_unix("run/imap.sock", net::after(mail_patience));
    return connect_tls(config, "imaps", server_name);
}

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
} // namespace

net::Stream connect_tls(config::Config const& config, std::string const& service, std::string const& server_name)
{
    if (is_off(config, service)) throw net::Disconnected(service + ".listen is off");
    auto stream = net::Stream::connect(reachable(config.listen.at(service).front()), net::after(mail_patience));
    bool const own = config.tls_certificate.empty(); // else its CA is not ours to know
    auto const context = net::TlsContext::client(own ? "ca.crt" : "");
    stream.start_tls_client(*context, own ? server_name : "", net::after(mail_patience));
    return stream;
}

void smtp(net::Stream& stream, std::string const& command, std::string_view code)
{
    if (!command.empty()) stream.write(command + "\r\n");
    stream.flush();
    auto line = read_line(stream);
    while (line.size() > 3 && line[3] == '-') line = read_line(stream);
    if (!line.starts_with(code)) throw net::Disconnected("SMTP answered: " + line);
}

Imap::Imap(config::Config const& config, std::string const& server_name) : stream_(open_imap(config, server_name))
{
    if (!read_line(stream_).starts_with("* OK")) throw net::Disconnected("IMAP does not greet");
}

std::string Imap::command(std::string const& text)
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

std::string wait_for(Imap& imap, std::string const& message_id)
{
    auto const deadline = net::after(mail_patience);
    while (std::chrono::steady_clock::now() < deadline) {
        auto const uid = last_uid(imap.command("UID SEARCH HEADER Message-ID \"" + message_id + "\""));
        if (!uid.empty()) return uid;
        std::this_thread::sleep_for(between_looks);
        imap.command("NOOP");
    }
    throw net::Disconnected("the mail was accepted but did not arrive in the mailbox");
}

Token::Token(directory::Directory& directory, directory::UserId user)
    : directory_(directory), text_(directory.add_app_password(user, "check", base::system_clock().now() + token_life))
{
}

Token::~Token()
{
    try {
        directory_.remove_app_password(text_);
    } catch (base::StoreError const&) { // it ends by itself in a minute
    }
}

} // namespace cli
