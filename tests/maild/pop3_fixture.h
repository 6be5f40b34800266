#pragma once
// A POP3 session over a socket pair, with the real store in a temporary folder. No threads: say() gives the session
// its input, lets it run until it would wait, and returns what it answered.

#include "maild/pop3/session.h"
#include "tests/support/temp_folder.h"
#include "tests/support/two_people.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace support
{

struct Pop3School {
    TempFolder folder;
    std::unique_ptr<maild::mailbox::MailStore> store = maild::mailbox::make_sql_mail_store(folder / "mail");
    TwoPeople people;
    config::Config config = config::defaults();
    maild::mailbox::MailStore* used = store.get();
    std::shared_ptr<maild::sasl::LoginGuard> guard;
    directory::LoginWatch* watch = nullptr;

    Pop3School()
    {
        config.limits_exempt = {*net::Network::parse("127.0.0.0/8")};
        guard = std::make_shared<maild::sasl::LoginGuard>(base::system_clock(), config.limits_exempt);
    }
    maild::pop3::Context context() { return {people, *used, config, nullptr, guard, watch}; }
    /// From now on sessions stand on this store.
    void use(maild::mailbox::MailStore& other) { used = &other; }
    void put(std::string const& message, maild::mailbox::AccountId account = 1)
    {
        store->ensure_account(account);
        store->append(account, "INBOX", {message}, {}, 0, 0);
    }
};

class Pop3Client
{
public:
    enum class Peer { unix_socket, loopback, elsewhere };

    explicit Pop3Client(Pop3School& school, Peer peer = Peer::unix_socket)
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
            throw std::runtime_error("socketpair");
        client_ = base::Fd(ends[0]);
        auto const address = net::IpAddress::from_v4(peer == Peer::elsewhere ? 0xC0A80A07 : 0x7F000001);
        session_ = std::make_unique<maild::pop3::Session>(
            net::Stream(base::Fd(ends[1]), address, peer == Peer::unix_socket), net::Wakeup(), school.context());
    }

    /// Sends the bytes as they are, gives the answers.
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
    std::string say(std::string_view line) { return raw(std::string(line) + "\r\n"); }
    std::string run()
    {
        for (auto next = net::Next::rest; next == net::Next::rest && !closed_;) {
            next = session_->run();
            closed_ = next == net::Next::close;
            if (next == net::Next::rest) std::this_thread::sleep_for(session_->rest());
        }
        session_->stream().flush();
        return received();
    }
    /// Logs in and gives the answer to PASS.
    std::string log_in(std::string const& name = "ali")
    {
        run();
        say("USER " + name);
        return say("PASS 123");
    }
    /// The session sees the end of its input.
    void stop_sending() { ::shutdown(client_.get(), SHUT_WR); }
    bool is_closed() const { return closed_; }
    maild::pop3::Session& session() { return *session_; }

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
    std::unique_ptr<maild::pop3::Session> session_;
    bool closed_ = false;
};

} // namespace support
