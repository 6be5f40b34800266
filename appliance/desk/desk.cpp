#include "appliance/desk/desk.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/cli/session.h"
#include "appliance/directory/administration.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

Outcome run(Operation const& operation, Request const& request, cli::Session& session)
{
    try {
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

/// The line, without its end; nothing when it does not come, or is too long.
std::optional<std::string> read_line(int connection)
{
    std::string text;
    std::array<char, 4096> bytes{};
    while (text.size() <= longest_request) {
        auto const count = ::recv(connection, bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        text.append(bytes.data(), static_cast<std::size_t>(count));
        if (auto const end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
    }
    return std::nullopt;
}

/// In a process of its own: what goes wrong here ends nobody else's request.
[[noreturn]] void serve_one(int connection, Office office, std::string const& config_file)
{
    ::alarm(longest_work);
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &longest_silence, sizeof longest_silence);
    ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &longest_silence, sizeof longest_silence);
    try {
        auto const line = read_line(connection);
        auto const outcome =
            line ? answer(*line, office, config_file) : Outcome{Code::bad_request, "no request came"};
        base::write_all(connection, "{\"code\": " + std::to_string(static_cast<int>(outcome.code)) +
                                        ", \"error\": " + base::json_string(outcome.error) + "}\n" + outcome.output);
    } catch (std::exception const& error) { // the top of this process; the answer that breaks off says it
        base::log(base::Level::error, "", "desk-failed", {{"why", error.what()}});
        ::_exit(1);
    }
    ::_exit(0);
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

Outcome answer(std::string_view line, Office office, std::string const& config_file)
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
        outcome = run(*operation, *request, session);
    log_request(*request, user ? user->login : "", outcome);
    return outcome;
}

int serve(service::Daemon& daemon, Office office)
{
    auto const sockets = daemon.sockets(office == Office::mail ? "desk-local" : "desk-names-local");
    auto const confinement =
        office == Office::mail
            ? service::Confinement{.read = {"school", "run", "ca.crt"}, .write = {"spool"}}
            : service::Confinement{.read = {"school", "tls/server.crt"}, .write = {"dns", "dns-keys"}};
    daemon.confine(confinement);
    ::prctl(PR_SET_DUMPABLE, 0); // a token passes through: no other process of this user looks into this one
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
