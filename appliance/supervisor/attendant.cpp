#include "appliance/supervisor/attendant.h"

#include "appliance/base/log.h"
#include "appliance/daemon/hand_over.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr milliseconds patience{8000}; // between TERM and KILL
constexpr milliseconds patience_look{500};
constexpr int longest_wait = 60000;

milliseconds since(Moment moment) { return std::chrono::duration_cast<milliseconds>(steady_clock::now() - moment); }

std::string describe_end(int status)
{
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
}
} // namespace

Attendant::Attendant(Service const& service) : service_(&service), state_(State::missing) {}

Attendant::Attendant(Service const& service, Program program, std::vector<service::Socket> sockets, Way way)
    : service_(&service), program_(std::move(program)), sockets_(std::move(sockets)), way_(way)
{
    if (way == Way::units) counter_.emplace(service.name, account_of(service.user).user);
}

void Attendant::start(int config_file)
{
    auto started = supervisor::start({program_, service_->roles, account_of(service_->user), sockets_, config_file});
    since_ = base::system_clock().now();
    if (!started) {
        base::log(base::Level::error, "", "not-started",
                  {{"service", service_->name}, {"error", started.error().line()}});
        next_start_ = steady_clock::now() + delay_.after_crash(milliseconds{0});
        return;
    }
    child_ = std::move(*started);
    began();
}

void Attendant::began()
{
    state_ = State::starting;
    ++starts_;
    base::log(base::Level::info, "", "started",
              {{"service", service_->name}, {"pid", std::to_string(child_.pid)}, {"user", service_->user}});
}

void Attendant::serve_counter(int config_file)
{
    auto visitor = counter_ ? counter_->take() : std::nullopt;
    if (!visitor || state_ == State::stopping || is_running())
        return; // it hears the end of the line, and comes again
    auto pipe = readiness_pipe();
    if (!pipe) return;
    if (auto const given = service::give(visitor->line.get(), {sockets_, config_file, pipe->second.get()}); !given) {
        base::log(base::Level::error, "", "not-started",
                  {{"service", service_->name}, {"error", given.error().line()}});
        return;
    }
    since_ = base::system_clock().now();
    child_ = {visitor->process, std::move(pipe->first), std::move(visitor->line)};
    began();
}

void Attendant::listen()
{
    char byte = 0;
    if (!child_.line) return;
    auto const count = ::recv(child_.line.get(), &byte, 1, MSG_DONTWAIT);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return;
    ended("the unit says how");
}

void Attendant::hear()
{
    char text[16];
    auto const count = ::read(child_.ready.get(), text, sizeof text);
    if (count < 0) return;
    if (count > 0 && state_ == State::starting) {
        state_ = State::ready;
        ready_since_ = steady_clock::now();
    }
    child_.ready.reset();
}

void Attendant::reap()
{
    int status = 0;
    if (way_ == Way::units || child_.pid == 0 || ::waitpid(child_.pid, &status, WNOHANG) != child_.pid) return;
    ended(describe_end(status));
}

void Attendant::ended(std::string const& how)
{
    bool const stopped = state_ == State::stopping;
    bool const asked = stopped || restart_asked_;
    auto const healthy = state_ == State::ready ? since(ready_since_) : milliseconds{0};
    auto const delay = asked ? milliseconds{0} : delay_.after_crash(healthy);
    base::log(asked ? base::Level::info : base::Level::error, "", asked ? "stopped" : "crashed",
              {{"service", service_->name},
               {"pid", std::to_string(child_.pid)},
               {"end", how},
               {"again-in-ms", stopped ? "never" : std::to_string(delay.count())}});
    child_ = {};
    since_ = base::system_clock().now();
    restart_asked_.reset();
    if (stopped) return;
    state_ = State::waiting;
    next_start_ = steady_clock::now() + delay;
}

void Attendant::signal(int number)
{
    if (is_running()) ::kill(child_.pid, number);
}

void Attendant::stop()
{
    if (state_ != State::missing) state_ = State::stopping;
    signal(SIGTERM);
}

void Attendant::restart()
{
    if (state_ == State::waiting) next_start_ = steady_clock::now();
    if (!is_running() || restart_asked_ || state_ == State::stopping) return;
    restart_asked_ = steady_clock::now();
    signal(SIGTERM);
}

void Attendant::lose_patience()
{
    if (restart_asked_ && since(*restart_asked_) >= patience) signal(SIGKILL);
}

std::optional<Moment> Attendant::next_start() const
{
    if (state_ != State::waiting || way_ == Way::units) return std::nullopt; // a unit comes by itself
    return next_start_;
}

ProcessStatus Attendant::status() const
{
    constexpr char const* names[] = {"starting", "ready", "waiting", "missing", "stopping"};
    return {service_->name,
            service_->program,
            service_->roles,
            names[static_cast<int>(state_)],
            child_.pid,
            since_,
            starts_ > 0 ? starts_ - 1 : 0};
}

Attendants::Attendants(std::vector<Attendant> attendants, int config_file, Way way)
    : attendants_(std::move(attendants)), way_(way), config_file_(config_file), since_(base::system_clock().now())
{
}

int Attendants::watch(sigset_t const& signals)
{
    base::Fd const signal_fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signal_fd) throw base::Failure(base::failed("signalfd", "the kernel gives none"));
    if (way_ == Way::units) manager_.tell_ready(); // the units start now; connections wait meanwhile
    do {
        start_due();
        publish();
        manager_.tell_alive();
        wait(signal_fd.get());
    } while (!take_signals(signal_fd.get()));
    stop_all(signal_fd.get());
    return 0;
}

void Attendants::start_due()
{
    for (auto& attendant : attendants_)
        if (auto const due = attendant.next_start(); due && *due <= steady_clock::now())
            attendant.start(config_file_);
}

int Attendants::longest_sleep() const
{
    milliseconds shortest{longest_wait};
    if (manager_.interval().count() > 0) shortest = std::min(shortest, manager_.interval());
    for (auto const& attendant : attendants_) {
        if (auto const due = attendant.next_start()) shortest = std::min(shortest, -since(*due) + milliseconds{1});
        if (attendant.is_restarting()) shortest = std::min(shortest, patience_look);
    }
    return static_cast<int>(std::max<milliseconds::rep>(0, shortest.count()));
}

void Attendants::wait(int signal_fd)
{
    // -1 is skipped
    std::vector<pollfd> watched = {{signal_fd, POLLIN, 0}, {control_.fd(), POLLIN, 0}};
    auto const others = watched.size();
    for (auto const& attendant : attendants_) watched.push_back({attendant.ready_fd(), POLLIN, 0});
    for (auto const& attendant : attendants_) {
        watched.push_back({attendant.line_fd(), POLLIN, 0});
        watched.push_back({attendant.counter_fd(), POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), longest_sleep());
    for (std::size_t i = 0; i < attendants_.size(); ++i)
        if (watched[i + others].revents != 0) attendants_[i].hear();
    obey();
    for (auto& attendant : attendants_) attendant.listen();
    for (auto& attendant : attendants_) attendant.serve_counter(config_file_);
    for (auto& attendant : attendants_) attendant.lose_patience();
}

void Attendants::obey()
{
    while (auto const name = control_.take()) {
        bool known = false;
        for (auto& attendant : attendants_) {
            if (attendant.name() != *name) continue;
            known = true;
            attendant.restart();
        }
        base::log(known ? base::Level::info : base::Level::warning, "", known ? "restart-asked" : "restart-of-nobody",
                  {{"service", *name}});
    }
}

bool Attendants::take_signals(int signal_fd)
{
    bool stop = false;
    signalfd_siginfo info{};
    while (::read(signal_fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD) stop = true;
    if (stop) return true; // before collecting: what ends from now on has not crashed
    for (auto& attendant : attendants_) attendant.reap();
    return false;
}

void Attendants::stop_all(int signal_fd)
{
    base::log(base::Level::info, "", "stopping");
    for (auto& attendant : attendants_) attendant.stop();
    publish();
    auto const begin = steady_clock::now();
    bool killed = false;
    auto const running = [this] {
        for (auto const& attendant : attendants_)
            if (attendant.is_running()) return true;
        return false;
    };
    while (running()) {
        std::vector<pollfd> watched = {{signal_fd, POLLIN, 0}};
        for (auto const& attendant : attendants_) watched.push_back({attendant.line_fd(), POLLIN, 0});
        ::poll(watched.data(), watched.size(), killed ? 100 : static_cast<int>(patience.count()));
        bool const again = take_signals(signal_fd); // a second Ctrl-C: no more patience
        for (auto& attendant : attendants_) attendant.reap();
        for (auto& attendant : attendants_) attendant.listen();
        if (killed || (!again && since(begin) < patience)) continue;
        killed = true;
        for (auto& attendant : attendants_) attendant.signal(SIGKILL);
    }
    base::log(base::Level::info, "", "stopped", {{"service", "all"}});
    ::unlink("run/status");
}

void Attendants::publish()
{
    Status status{::getpid(), since_, {}};
    bool all_ready = true;
    for (auto const& attendant : attendants_) {
        status.processes.push_back(attendant.status());
        all_ready = all_ready && attendant.is_ready_or_missing();
    }
    if (status == published_) return;
    if (auto const written = write_status(".", status); !written)
        base::log(base::Level::warning, "", "status-not-written", {{"error", written.error().line()}});
    published_ = std::move(status);
    if (!all_ready || told_ready_) return;
    told_ready_ = true;
    manager_.tell_ready();
    base::log(base::Level::info, "", "ready", {{"services", std::to_string(attendants_.size())}});
}

} // namespace supervisor
