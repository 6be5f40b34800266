#pragma once
// An IMAP session over a socket pair, with the real store in a temporary folder and two people (ali, budi; password
// 123). No threads: say() gives the session its input, lets it run until it would wait, and returns what it answered.

#include "appliance/base/file.h"
#include "maild/imap/session.h"
#include "tests/support/temp_folder.h"

#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace support
{

/// Who exists, for sessions that only log in. Everything else is not asked by IMAP.
class TwoPeople final : public directory::Directory
{
public:
    std::uint64_t quota = 0;

    std::optional<directory::User> authenticate(std::string_view login, std::string const& password) override
    {
        return password == "123" ? find_user(login) : std::nullopt;
    }
    std::optional<directory::User> find_user(std::string_view login) override
    {
        if (login == "ali") return find_user(directory::UserId{1});
        if (login == "budi") return find_user(directory::UserId{2});
        return std::nullopt;
    }
    std::optional<directory::User> find_user(directory::UserId id) override
    {
        directory::User user;
        user.id = id;
        user.login = id == 1 ? "ali" : "budi";
        user.quota = quota;
        return user;
    }

    std::optional<std::string> setting(std::string_view) override { return std::nullopt; }
    void set_setting(std::string_view, std::string_view) override {}
    bool is_local_domain(std::string_view) override { return false; }
    base::Result<directory::User> add_user(directory::NewUser) override { return unused(); }
    base::Result<std::vector<directory::User>> add_users(std::vector<directory::NewUser>) override
    {
        return unused();
    }
    std::vector<directory::User> users() override { return {}; }
    base::Result<void> set_password(std::string_view, std::string const&) override { return unused(); }
    base::Result<void> set_enabled(std::string_view, bool) override { return unused(); }
    base::Result<void> delete_user(std::string_view) override { return unused(); }
    std::string add_app_password(directory::UserId, std::string_view, base::Timestamp) override { return {}; }
    void remove_app_password(std::string const&) override {}
    base::Result<void> add_class(std::string_view) override { return unused(); }
    std::vector<directory::Class> classes() override { return {}; }
    base::Result<std::vector<directory::User>> members(std::string_view) override { return unused(); }
    base::Result<void> delete_class(std::string_view) override { return unused(); }
    base::Result<void> set_class(std::string_view, std::string_view) override { return unused(); }
    base::Result<void> add_alias(std::string_view, std::vector<std::string> const&) override { return unused(); }
    std::vector<directory::Alias> aliases() override { return {}; }
    base::Result<void> delete_alias(std::string_view) override { return unused(); }
    directory::Resolution resolve(std::string_view, std::string_view) override { return {}; }

private:
    static base::Error unused() { return base::failed("directory", "not part of this test"); }
};

/// A temporary school: store, people, configuration.
struct ImapSchool {
    TempFolder folder;
    std::unique_ptr<maild::mailbox::MailStore> store = maild::mailbox::make_sql_mail_store(folder / "mail");
    TwoPeople people;
    config::Config config = config::defaults();

    ImapSchool()
    {
        config.message_size_max = 200000;
        ::mkdir((folder / "tmp").c_str(), 0700);
    }
    maild::imap::Context context() { return {people, *store, config, nullptr, folder / "tmp"}; }
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
