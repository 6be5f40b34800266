#pragma once
// An IMAP session over a socket pair, with the real store in a temporary folder and two people (ali, budi; password
// 123). No threads: say() gives the session its input, lets it run until it would wait, and returns what it answered.

#include "appliance/base/file.h"
#include "maild/imap/session.h"
#include "tests/support/temp_folder.h"
#include "tests/support/two_people.h"

#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace support
{

/// A temporary school: store, people, configuration.
struct ImapSchool {
    TempFolder folder;
    std::unique_ptr<maild::mailbox::MailStore> store = maild::mailbox::make_sql_mail_store(folder / "mail");
    TwoPeople people;
    config::Config config = config::defaults();
    std::shared_ptr<maild::sasl::LoginGuard> guard;
    std::size_t messages_per_command = maild::imap::limits::messages_per_command;

    ImapSchool()
    {
        config.message_size_max = 200000;
        ::mkdir((folder / "tmp").c_str(), 0700);
    }
    maild::imap::Context context()
    {
        maild::imap::Context context{people, *store, config, nullptr, folder / "tmp", guard};
        context.messages_per_command = messages_per_command;
        return context;
    }
};

class ImapClient
{
public:
    enum class Peer { local, elsewhere };

    explicit ImapClient(ImapSchool& school, Peer peer = Peer::local)
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
            throw std::runtime_error("socketpair");
        client_ = base::Fd(ends[0]);
        auto const address = net::IpAddress::from_v4(peer == Peer::local ? 0x7F000001 : 0xC0A80A07);
        session_ = std::make_unique<maild::imap::Session>(
            net::Stream(base::Fd(ends[1]), address, peer == Peer::local), net::Wakeup(), school.context());
    }

    /// Sends the bytes as they are (at most what a socket buffers), gives the answers.
    std::string raw(std::string_view bytes)
    {
        send(bytes);
        return run();
    }
    void send(std::string_view bytes)
    {
        if (::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("the socket is full");
    }
    /// The session sees the end of its input.
    void stop_sending() { ::shutdown(client_.get(), SHUT_WR); }
    /// A line.
    std::string say(std::string_view line) { return raw(std::string(line) + "\r\n"); }
    /// Lets the session look for news, as after a wakeup.
    std::string run()
    {
        if (!closed_) closed_ = session_->run() == net::Next::close;
        session_->stream().flush();
        return received();
    }
    std::string log_in(std::string const& name = "ali")
    {
        run();
        return say("L LOGIN " + name + " 123");
    }
    /// Logs in and selects INBOX.
    void open_inbox(std::string const& name = "ali")
    {
        log_in(name);
        say("S SELECT INBOX");
    }
    /// APPEND of a small message.
    std::string append(std::string const& mailbox, std::string const& message, std::string const& options = "")
    {
        return say("A APPEND " + mailbox + ' ' + options + '{' + std::to_string(message.size()) + "+}\r\n" + message);
    }
    bool is_closed() const { return closed_; }
    maild::imap::Session& session() { return *session_; }
    void hang_up() { client_.reset(); }

private:
    std::string received()
    {
        std::string text;
        char buffer[65536];
        for (;;) {
            auto const count = ::recv(client_.get(), buffer, sizeof buffer, 0);
            if (count <= 0) return text;
            text.append(buffer, static_cast<std::size_t>(count));
        }
    }

    base::Fd client_;
    std::unique_ptr<maild::imap::Session> session_;
    bool closed_ = false;
};

inline std::string mail(std::string const& subject, std::string const& body = "Isi\r\n")
{
    return "Date: Sat, 21 Nov 2026 08:00:00 +0700\r\nFrom: Guru <guru1@sekolah.example>\r\nTo: "
           "ali@sekolah.example\r\n"
           "Subject: " +
           subject + "\r\nMessage-ID: <1@sekolah.example>\r\n\r\n" + body;
}

inline bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace support
