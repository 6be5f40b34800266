#pragma once
// A small school and a spool in memory for SMTP sessions, and a session over a socket pair: talk() gives it
// everything a client sends, and returns everything it answered until the client's end.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/queue/spool.h"
#include "maild/smtp/session.h"
#include "tests/support/temp_folder.h"

#include <algorithm>
#include <fcntl.h>
#include <map>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace support
{

/// school.example: ali (1), budi (2), guru1 (3); class x-tkj-1 = ali, budi, and x-tkj-9 = ali, guru1 speaks for both;
/// alias info = ali, budi; alias tamu = an address elsewhere; siti is disabled. Password 123 for all.
class SmallSchool final : public directory::Directory
{
public:
    bool offline = false;
    directory::Writers class_writers = directory::Writers::school;
    std::uint64_t quota = 0;
    std::map<std::string, std::string, std::less<>> settings;

    std::optional<std::string> setting(std::string_view key) override
    {
        if (key == "domain") return "school.example";
        if (key == "mail.outside" && offline) return "offline";
        if (auto const found = settings.find(key); found != settings.end()) return found->second;
        return std::nullopt;
    }
    bool is_local_domain(std::string_view domain) override
    {
        return domain == "school.example" || domain == "mail.school.example" || domain == "localhost";
    }
    std::optional<directory::User> find_user(std::string_view login) override
    {
        for (directory::UserId id = 1; id <= 3; ++id)
            if (find_user(id)->login == login) return find_user(id);
        return std::nullopt;
    }
    std::optional<directory::User> find_user(directory::UserId id) override
    {
        if (id < 1 || id > 3) return std::nullopt;
        directory::User user;
        user.id = id;
        user.login = id == 1 ? "ali" : id == 2 ? "budi" : "guru1";
        user.name = id == 1 ? "Ali Akbar" : "";
        if (id == 3) user.role = directory::Role::teacher;
        user.quota = quota;
        return user;
    }
    std::optional<directory::User> authenticate(std::string_view login, std::string const& password,
                                                std::string_view) override
    {
        return password == "123" ? find_user(login.substr(0, login.find('@'))) : std::nullopt;
    }
    std::vector<directory::Alias> aliases() override
    {
        return {{"info", {"ali", "budi"}}, {"tamu", {"tamu@far.example"}}};
    }
    directory::Resolution resolve(std::string_view local_part, std::string_view domain) override
    {
        using Kind = directory::Resolution::Kind;
        if (!domain.empty() && !is_local_domain(domain)) return {Kind::elsewhere, {}, {}, {}};
        auto const name = base::lower(local_part.substr(0, local_part.find('+')));
        directory::ListPolicy const alias{name, true, directory::Writers::everyone, {}, {}};
        directory::ListPolicy const list{name, false, class_writers, {"guru1"}, {"guru1"}, false, base::upper(name)};
        if (auto const user = find_user(name)) return {Kind::local, {*user}, {}, {}};
        if (name == "info") return {Kind::local, {*find_user(1), *find_user(2)}, {}, alias};
        if (name == "x-tkj-1") return {Kind::local, {*find_user(1), *find_user(2)}, {}, list};
        if (name == "x-tkj-9") return {Kind::local, {*find_user(1)}, {}, list};
        if (name == "tamu") return {Kind::local, {}, {"tamu@far.example"}, alias};
        if (name == "keduanya") return {Kind::local, {*find_user(1)}, {"tamu@far.example"}, alias};
        if (name == "siti") return {Kind::local, {}, {}, {}};
        return {Kind::unknown, {}, {}, {}};
    }

    void set_setting(std::string_view, std::string_view) override {}
    void unset_setting(std::string_view) override {}
    base::Result<directory::User> add_user(directory::NewUser) override { return unused(); }
    base::Result<std::vector<directory::User>> add_users(std::vector<directory::NewUser>,
                                                         directory::Together const&) override
    {
        return unused();
    }
    base::Result<void> update_user(directory::User const&, directory::User const&) override { return unused(); }
    std::vector<directory::User> users() override { return {}; }
    base::Result<void> set_password(std::string_view, std::string const&) override { return unused(); }
    base::Result<void> set_enabled(std::string_view, bool) override { return unused(); }
    base::Result<void> delete_user(std::string_view, directory::MailFate) override { return unused(); }
    std::string add_app_password(directory::UserId, std::string_view, base::Timestamp) override { return {}; }
    void remove_app_password(std::string const&) override {}
    base::Result<void> add_class(std::string_view) override { return unused(); }
    std::vector<directory::Class> classes() override { return {}; }
    base::Result<std::vector<directory::User>> members(std::string_view) override { return unused(); }
    base::Result<void> delete_class(std::string_view) override { return unused(); }
    base::Result<void> set_class(std::string_view, std::string_view) override { return unused(); }
    base::Result<void> move_members(std::vector<directory::ClassMove> const&) override { return unused(); }
    base::Result<void> add_alias(std::string_view, std::vector<std::string> const&) override { return unused(); }
    base::Result<void> delete_alias(std::string_view) override { return unused(); }
    ScramLogin scram_login(std::string_view login) override
    {
        static auto const keys = directory::make_scram_keys("123");
        return {keys, find_user(login)};
    }
    base::Result<directory::ListPolicy> list_policy(std::string_view) override { return unused(); }
    base::Result<void> set_writers(std::string_view, directory::Writers) override { return unused(); }
    base::Result<void> set_list_right(std::string_view, std::string_view, ListRight) override { return unused(); }

private:
    static base::Error unused() { return base::refused("school", "not used here"); }
};

/// What SMTP needs of a spool, in memory; `fault` makes every commit fail.
class MemorySpool final : public maild::queue::Spool
{
public:
    struct Kept {
        std::string bytes;
        maild::queue::Envelope envelope;
        std::vector<maild::queue::NewRecipient> recipients;
    };
    std::vector<Kept> kept;
    std::vector<maild::queue::RefusedMail> refused;
    std::optional<base::StoreFault> fault;
    std::optional<std::int64_t> room_left;
    bool space = true;

    maild::queue::SpoolBody begin() override { return {maild::queue::new_message_id(1'000'000), folder_.path()}; }
    bool has_space(std::uint64_t) override { return space; }
    bool can_settle() override { return space; }
    maild::queue::MessageId commit(maild::queue::SpoolBody& body, maild::queue::Envelope const& envelope,
                                   std::vector<maild::queue::NewRecipient> const& recipients) override
    {
        if (fault) throw base::StoreError(*fault, "made to fail");
        kept.push_back({body.head() + body.bytes(), envelope, recipients});
        return body.id();
    }
    std::optional<std::int64_t> room(std::int64_t) override { return room_left; }

    std::vector<maild::queue::Message> due(base::Timestamp, std::size_t) override { return {}; }
    std::vector<std::string> due_destinations(base::Timestamp, std::size_t) override { return {}; }
    std::vector<maild::queue::Message> due_for(std::string_view, base::Timestamp, std::size_t,
                                               maild::queue::Turn const&) override
    {
        return {};
    }
    std::vector<maild::queue::Message> late(base::Timestamp, std::size_t) override { return {}; }
    void look_later(std::string_view) override {}
    void rest(std::vector<std::string> const&, base::Timestamp, unsigned, std::string_view) override {}
    std::optional<maild::queue::Resting> resting(std::string_view) override { return std::nullopt; }
    void revive(std::string_view) override {}
    std::vector<maild::queue::Resting> all_resting() override { return {}; }
    base::Timestamp last_answer(std::int64_t, std::string_view) override { return 0; }
    void settle(maild::queue::Settlement&) override {}
    std::vector<maild::queue::Room> rooms() override { return {}; }
    void publish_room(std::int64_t, std::optional<std::int64_t>) override {}
    void sweep() override {}
    std::vector<maild::queue::LoginUse> sent_before; ///< all of them ali's
    std::vector<maild::queue::LoginUse> use_since(base::Timestamp, std::string_view) override { return sent_before; }
    void note_refused(std::vector<maild::queue::RefusedMail> const& some) override
    {
        refused.insert(refused.end(), some.begin(), some.end());
    }
    std::vector<maild::queue::WaitingMail> waiting(std::string_view, std::size_t) override { return {}; }
    bool take_back(maild::queue::MessageId, std::string_view) override { return false; }
    void forget_trace(base::Timestamp) override {}
    std::vector<maild::queue::Message> list(std::size_t, maild::queue::MessageId,
                                            maild::queue::Selection const&) override
    {
        return {};
    }
    std::optional<maild::queue::Message> find(maild::queue::MessageId) override { return std::nullopt; }
    maild::queue::QueueCounts counts() override { return {}; }
    std::size_t retry(MessageIds const&) override { return 0; }
    std::size_t expire(MessageIds const&) override { return 0; }
    std::size_t hold(MessageIds const&) override { return 0; }
    std::size_t remove(MessageIds const&) override { return 0; }

private:
    TempFolder folder_;
};

class FixedClock final : public base::Clock
{
public:
    base::Timestamp time = 1'795'300'000'000'000; // 2026-11-21
    base::Timestamp now() const override { return time; }
};

enum class Over { network, local_socket };

class SmtpPlace
{
public:
    SmallSchool school;
    MemorySpool spool;
    FixedClock clock;
    config::Config config;

    SmtpPlace()
    {
        base::set_log_level(base::Level::error);
        config.message_size_max = 1 << 20;
        config.limits_exempt.push_back(*net::Network::parse("127.0.0.0/8"));
    }

    /// Everything the client sends at once, then its end of the connection closes. Gives all replies.
    std::string talk(maild::smtp::Purpose purpose, std::string_view input, Over over = Over::network,
                     char const* peer = "127.0.0.1")
    {
        Ends ends;
        std::string output;
        std::thread reader([&] { output = read_all(ends.client.get()); });
        std::thread writer([&] { send_all(ends.client.get(), input); });
        run(purpose, std::move(ends.server), over, peer);
        writer.join();
        reader.join();
        return output;
    }
    /// The same without threads, for inputs and outputs that fit into the socket's buffers (fuzzing).
    std::string talk_at_once(maild::smtp::Purpose purpose, std::string_view input, Over over)
    {
        Ends ends;
        send_all(ends.client.get(), input);
        run(purpose, std::move(ends.server), over, "127.0.0.1");
        return read_all(ends.client.get());
    }
    std::string relay(std::string_view input) { return talk(maild::smtp::Purpose::relay, input); }
    std::string submit_as_guru1(std::string_view input)
    {
        return talk(maild::smtp::Purpose::submission,
                    "EHLO web\r\nAUTH PLAIN AGd1cnUxADEyMw==\r\n" + std::string(input), Over::local_socket);
    }
    /// Logged in as ali over the local socket.
    std::string submit(std::string_view input)
    {
        return talk(maild::smtp::Purpose::submission, "EHLO web\r\nAUTH PLAIN AGFsaQAxMjM=\r\n" + std::string(input),
                    Over::local_socket);
    }

private:
    struct Ends {
        base::Fd client, server;
        Ends()
        {
            int both[2];
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both);
            client = base::Fd(both[0]);
            server = base::Fd(both[1]);
            ::fcntl(both[1], F_SETFL, O_NONBLOCK);
        }
    };
    static std::string read_all(int fd)
    {
        std::string output;
        char buffer[65536];
        for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
            output.append(buffer, static_cast<std::size_t>(got));
        return output;
    }
    static void send_all(int fd, std::string_view input)
    {
        while (!input.empty()) {
            auto const sent = ::send(fd, input.data(), input.size(), MSG_NOSIGNAL);
            if (sent <= 0) break;
            input.remove_prefix(static_cast<std::size_t>(sent));
        }
        ::shutdown(fd, SHUT_WR);
    }
    /// The session from its greeting to its end; closes its socket.
    void run(maild::smtp::Purpose purpose, base::Fd socket, Over over, char const* peer)
    {
        auto const shared =
            std::make_shared<maild::smtp::Shared>(maild::smtp::Context{school, spool, config, nullptr, clock, ""});
        maild::smtp::Session session(
            net::Stream(std::move(socket), *net::IpAddress::parse(peer), over == Over::local_socket), shared,
            purpose);
        try {
            while (session.run() != net::Next::close) {
            }
            session.stream().close();
        } catch (net::Disconnected const&) { // as the server would: silently
        }
    }
};

/// The codes of the replies, one per reply: "220 250 354".
inline std::string codes(std::string_view replies)
{
    std::string found;
    for (auto const line : base::split(replies, '\n'))
        if (line.size() > 3 && line[3] == ' ') found += (found.empty() ? "" : " ") + std::string(line.substr(0, 3));
    return found;
}

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

} // namespace support
