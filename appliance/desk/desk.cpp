#include "appliance/desk/desk.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/cli/session.h"
#include "appliance/directory/administration.h"
#include "appliance/site/site.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace desk
{

namespace
{
constexpr unsigned longest_work = 30;                        ///< seconds; a request that needs more is ended
constexpr timeval longest_silence{10, 0};                    ///< of who asks
constexpr std::size_t largest_output = std::size_t{8} << 20; ///< a page of it is shown
constexpr std::size_t most_at_once = 8;

using Code = Outcome::Code;

/// Catches what is printed while it lives.
class StandardOutput
{
public:
    StandardOutput() : file_(::memfd_create("answer", MFD_CLOEXEC)), before_(::dup(STDOUT_FILENO))
    {
        std::fflush(stdout);
        if (!file_ || !before_ || ::dup2(file_.get(), STDOUT_FILENO) < 0) base::throw_store_error("answer");
    }
    ~StandardOutput() { restore(); }
    StandardOutput(StandardOutput const&) = delete;
    StandardOutput& operator=(StandardOutput const&) = delete;

    std::string take()
    {
        restore();
        std::string text;
        std::array<char, 64 << 10> bytes{};
        ::lseek(file_.get(), 0, SEEK_SET);
        while (text.size() <= largest_output) {
            auto const count = ::read(file_.get(), bytes.data(), bytes.size());
            if (count <= 0) return text;
            text.append(bytes.data(), static_cast<std::size_t>(count));
        }
        throw base::Failure(base::refused("answer", "it is too long", "ask for less"));
    }

private:
    void restore()
    {
        std::fflush(stdout);
        if (before_) ::dup2(before_.get(), STDOUT_FILENO);
        before_.reset();
    }

    base::Fd file_;
    base::Fd before_;
};

/// A file that came becomes what the command reads.
void become_standard_input(File const& file)
{
    base::Fd const memory(::memfd_create("file", MFD_CLOEXEC));
    if (!memory || !file) throw base::Failure(base::refused("file", "none came", "choose a file"));
    std::size_t size = 0;
    for (auto bytes = file(); !bytes.empty(); bytes = file()) {
        size += bytes.size();
        if (size > largest_file) throw base::Failure(base::refused("file", "it is larger than 100 MB"));
        base::write_all(memory.get(), bytes);
    }
    if (size == 0) throw base::Failure(base::refused("file", "it is empty", "choose another one"));
    ::lseek(memory.get(), 0, SEEK_SET);
    if (::dup2(memory.get(), STDIN_FILENO) < 0) base::throw_store_error("file");
}

Outcome run(Operation const& operation, Request const& request, cli::Session& session, File const& file)
{
    try {
        if (operation.takes_file) become_standard_input(file);
        auto const words = words_of(operation, request).value();
        StandardOutput output;
        auto const code = run(operation, words, session);
        return {code == 0 ? Code::done : Code::failed, {}, output.take()};
    } catch (cli::UsageError const& error) {
        return {Code::bad_request, session.translate(error.text)};
    } catch (base::Failure const& failure) {
        return {failure.error().refused ? Code::refused : Code::failed, session.show(failure.error())};
    } catch (base::StoreError const& error) {
        return {Code::failed, session.show(cli::explain(error))};
    }
}

void log_request(Request const& request, std::string const& login, Outcome const& outcome)
{
    base::log(outcome.code == Code::forbidden ? base::Level::warning : base::Level::info, "", "desk",
              {{"operation", request.operation},
               {"login", login},
               {"code", std::to_string(static_cast<int>(outcome.code))}});
}

/// What comes from httpd: a line, then perhaps a file up to the end.
class Incoming
{
public:
    explicit Incoming(int connection) : connection_(connection) {}

    /// The line, without its end; nothing when it does not come, or is too long.
    std::optional<std::string> line()
    {
        std::string text;
        while (text.size() <= longest_request) {
            auto const bytes = receive();
            if (bytes.empty()) return std::nullopt;
            text += bytes;
            auto const end = text.find('\n');
            if (end == std::string::npos) continue;
            rest_ = text.substr(end + 1);
            return text.substr(0, end);
        }
        return std::nullopt;
    }

    /// What is behind it, piece by piece; empty at the end.
    std::string more() { return rest_.empty() ? receive() : std::exchange(rest_, {}); }

private:
    std::string receive() const
    {
        std::string bytes(piece, '\0');
        for (;;) {
            auto const count = ::recv(connection_, bytes.data(), bytes.size(), 0);
            if (count < 0 && errno == EINTR) continue;
            bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
            return bytes;
        }
    }

    static constexpr std::size_t piece = 64 << 10;
    int const connection_;
    std::string rest_;
};

/// In a process of its own: what goes wrong here ends nobody else's request.
[[noreturn]] void serve_one(int connection, Office office, std::string const& config_file)
{
    ::alarm(longest_work);
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &longest_silence, sizeof longest_silence);
    ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &longest_silence, sizeof longest_silence);
    try {
        Incoming incoming(connection);
        auto const line = incoming.line();
        auto const outcome = line ? answer(*line, office, config_file, [&] { return incoming.more(); })
                                  : Outcome{Code::bad_request, "no request came"};
        base::write_all(connection, "{\"code\": " + std::to_string(static_cast<int>(outcome.code)) +
                                        ", \"error\": " + base::json_string(outcome.error) + "}\n" + outcome.output);
        ::shutdown(connection, SHUT_WR);
        while (!incoming.more().empty()) { // what nobody wanted: closing on it would take the answer away again
        }
    } catch (std::exception const& error) { // the top of this process; the answer that breaks off says it
        base::log(base::Level::error, "", "desk-failed", {{"why", error.what()}});
        ::_exit(1);
    }
    ::_exit(0);
}

/// A power cut may have come while one page of the school took the place of another.
void end_exchange()
{
    try {
        site::Site("site").finish();
    } catch (base::Failure const& failure) { // the page is not whole; everything else is
        base::log(base::Level::error, "", "site-failed", {{"why", failure.what()}});
    }
}

/// How many requests are being worked on.
class Children
{
public:
    void collect()
    {
        while (running_ > 0 && ::waitpid(-1, nullptr, WNOHANG) > 0) --running_;
    }
    /// Waits for one to end when there are too many.
    void make_room()
    {
        collect();
        while (running_ >= most_at_once && ::waitpid(-1, nullptr, 0) > 0) --running_;
    }
    void add() { ++running_; }

private:
    std::size_t running_ = 0;
};
} // namespace

Outcome answer(std::string_view line, Office office, std::string const& config_file, File const& file)
{
    auto const request = parse_request(line);
    if (!request) return {Code::bad_request, request.error().line()};
    cli::Session session(config_file, cli::Session::Rights::desk);
    session.set_language(request->language);
    auto const administration = directory::make_sql_administration(session.school(), session.directory());
    auto const user = administration->session_user(request->session);
    auto const* operation = find_operation(request->operation);
    bool const is_here = operation && operation->office == office;
    Outcome outcome{Code::forbidden, session.text("You may not do this.")};
    if (user && is_here && is_allowed(*operation, *request, *user, *administration))
        outcome = run(*operation, *request, session, file);
    log_request(*request, user ? user->login : "", outcome);
    return outcome;
}

int serve(service::Daemon& daemon, Office office)
{
    auto const sockets = daemon.sockets(office == Office::mail ? "desk-local" : "desk-names-local");
    auto const confinement =
        office == Office::mail
            ? service::Confinement{.read = {"school", "run", "ca.crt"}, .write = {"spool", "site"}}
            : service::Confinement{.read = {"school", "tls/server.crt"}, .write = {"dns", "dns-keys"}};
    daemon.confine(confinement);
    ::prctl(PR_SET_DUMPABLE, 0); // a token passes through: no other process of this user looks into this one
    if (office == Office::mail) end_exchange();
    Children children;
    return daemon.serve_until_stopped(sockets, [&](int connection) {
        children.make_room();
        auto const pid = ::fork();
        if (pid == 0) serve_one(connection, office, daemon.config_file());
        if (pid > 0)
            children.add();
        else
            base::log(base::Level::error, "", "desk-failed", {{"why", "fork"}});
    });
}

} // namespace desk
