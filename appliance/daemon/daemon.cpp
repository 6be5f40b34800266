#include "appliance/daemon/daemon.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/daemon/hand_over.h"
#include "appliance/daemon/service_manager.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace service
{

namespace
{
sigset_t stop_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

void print_help(std::string const& program, std::vector<std::string> const& roles)
{
    std::string const choice = roles.empty() ? "" : " " + base::join(roles, "|") + "...";
    std::printf("%s%s [--config FILE] [--help] [--version]\n\n"
                "A daemon of Kotakpos. Normally started by 'kotakpos run'.\n",
                program.c_str(), choice.c_str());
}

/// Says "ready" on the pipe that the supervisor left open for it.
void tell_ready()
{
    auto const* text = std::getenv("KOTAKPOS_READY_FD");
    auto const fd = text ? base::parse_number(text, 1 << 20) : std::nullopt;
    if (!fd) return;
    [[maybe_unused]] auto const written = ::write(static_cast<int>(*fd), "ready\n", 6);
    ::close(static_cast<int>(*fd));
}

void enter_state_folder(std::string const& state)
{
    if (::chdir(state.c_str()) != 0)
        throw base::Failure(base::failed(state, "the state folder cannot be entered", "run 'kotakpos setup' first"));
}
} // namespace

Daemon::Daemon(int argc, char** argv, std::string program, std::vector<std::string> roles)
    : program_(std::move(program))
{
    std::string file = config::default_file();
    for (int i = 1; i < argc; ++i) {
        std::string const argument = argv[i];
        if (argument == "--help") {
            print_help(program_, roles);
            std::exit(0);
        } else if (argument == "--version") {
            std::printf("%s %s\n", program_.c_str(), KOTAKPOS_VERSION);
            std::exit(0);
        } else if (argument == "--config" && i + 1 < argc) {
            file = argv[++i];
        } else if (std::find(roles.begin(), roles.end(), argument) != roles.end()) {
            roles_.push_back(argument);
        } else {
            std::fprintf(stderr, "%s: unknown argument '%s'; see %s --help\n", program_.c_str(), argv[i],
                         program_.c_str());
            std::exit(2);
        }
    }
    if (!roles.empty() && roles_.empty()) roles_ = roles;
    base::set_log_program(program_);
    if (auto const* place = std::getenv("KOTAKPOS_HAND_OVER")) file = fetch_inheritance(place);
    ::prctl(PR_SET_NAME, program_.c_str()); // started from a descriptor, the kernel knows no better than its number
    config_file_ = file;
    config_ = config::read(file).value();
    if (auto const* text = std::getenv("KOTAKPOS_SOCKETS")) inherited_ = parse_sockets(text);
    // A child is in the folder already: its user may be unable to walk there by its absolute path.
    bool const is_child = std::getenv("KOTAKPOS_SOCKETS") && !supervisor_;
    if (!is_child) enter_state_folder(config_.state);
    auto const set = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    if (is_child) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

std::string Daemon::fetch_inheritance(std::string const& place)
{
    HandOver what;
    supervisor_ = fetch(place, what);
    ::setenv("KOTAKPOS_SOCKETS", show_sockets(what.sockets).c_str(), 1);
    ::setenv("KOTAKPOS_READY_FD", std::to_string(what.ready).c_str(), 1);
    return "/proc/self/fd/" + std::to_string(what.config_file);
}

bool Daemon::has_role(std::string_view role) const
{
    return std::find(roles_.begin(), roles_.end(), role) != roles_.end();
}

std::vector<Socket> Daemon::sockets(std::string_view name)
{
    if (!std::getenv("KOTAKPOS_SOCKETS")) return bind_sockets(config_, name);
    std::vector<Socket> mine;
    for (auto const& socket : inherited_)
        if (socket.name == name) mine.push_back(socket);
    return mine;
}

int Daemon::serve_until_stopped(std::vector<Socket> const& sockets, std::function<void(int)> const& accepted)
{
    ServiceManager const manager;
    tell_ready();
    manager.tell_ready();
    base::log(base::Level::info, "", "ready", {{"version", KOTAKPOS_VERSION}});
    auto const set = stop_signals();
    base::Fd const signals(::signalfd(-1, &set, SFD_CLOEXEC));
    std::vector<pollfd> watched = {{signals.get(), POLLIN, 0}, {supervisor_.get(), POLLIN, 0}}; // -1 is skipped
    for (auto const& socket : sockets) watched.push_back({socket.fd, POLLIN, 0});
    auto const interval = manager.interval().count() > 0 ? static_cast<int>(manager.interval().count()) : -1;
    while (watched[0].revents == 0 && watched[1].revents == 0) {
        manager.tell_alive();
        if (::poll(watched.data(), watched.size(), interval) < 0) continue;
        for (std::size_t i = 2; i < watched.size(); ++i) {
            if (watched[i].revents == 0) continue;
            base::Fd const connection(::accept4(watched[i].fd, nullptr, nullptr, SOCK_CLOEXEC));
            if (connection) accepted(connection.get());
        }
    }
    signalfd_siginfo signal{};
    bool const is_asked = watched[0].revents != 0 && ::read(signals.get(), &signal, sizeof signal) == sizeof signal;
    base::log(base::Level::info, "", "stopping",
              {{"signal", is_asked ? std::to_string(signal.ssi_signo) : "none: the supervisor is gone"}});
    return 0;
}

int guarded(std::string const& program, std::function<int()> const& body)
{
    try {
        return body();
    } catch (base::Failure const& failure) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), failure.error().line().c_str());
        return failure.error().refused ? 3 : 1;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return 1;
    }
}

} // namespace service
