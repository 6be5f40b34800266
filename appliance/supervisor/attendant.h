#pragma once
// Keeps the daemons running: one Attendant per process, and the loop over all of them.

#include "appliance/base/clock.h"
#include "appliance/daemon/service_manager.h"
#include "appliance/supervisor/child.h"
#include "appliance/supervisor/control.h"
#include "appliance/supervisor/counter.h"
#include "appliance/supervisor/restart_delay.h"
#include "appliance/supervisor/services.h"
#include "appliance/supervisor/status_file.h"

#include <chrono>
#include <csignal>
#include <optional>
#include <vector>

namespace supervisor
{

/// Who starts the daemons: the supervisor as its children, or systemd, each in a unit of its own (the image).
enum class Way { children, units };

using Moment = std::chrono::steady_clock::time_point;

/// One daemon. Its sockets stay open here while it is down, so that connections wait instead of being refused.
class Attendant
{
public:
    /// A service whose program is missing: never started.
    explicit Attendant(Service const& service);
    Attendant(Service const& service, Program program, std::vector<service::Socket> sockets, Way way);

    void start(int config_file);
    /// Hands the sockets to its daemon in a unit, when that has come for them.
    void serve_counter(int config_file);
    /// Collects the child if it has ended; a crash (an end while not stopping) plans the next start.
    void reap();
    /// Looks whether the line to a daemon in a unit has ended.
    void listen();
    /// Reads the readiness pipe.
    void hear();
    void signal(int number);
    /// TERM, and no more starts.
    void stop();
    /// TERM (KILL when that takes too long), and then a start at once. One that waits after a crash starts at once.
    void restart();
    /// KILL, when a restart has waited long enough.
    void lose_patience();

    bool is_running() const { return child_.pid > 0; }
    bool is_restarting() const { return restart_asked_.has_value(); }
    bool is_ready_or_missing() const { return state_ == State::ready || state_ == State::missing; }
    /// When start() is due.
    std::optional<Moment> next_start() const;
    std::string const& name() const { return service_->name; }
    int ready_fd() const { return child_.ready.get(); }
    int line_fd() const { return child_.line.get(); }
    int counter_fd() const { return counter_ ? counter_->fd() : -1; }
    ProcessStatus status() const;

private:
    enum class State { starting, ready, waiting, missing, stopping };

    void began();
    void ended(std::string const& how);

    Service const* service_;
    Program program_;
    std::vector<service::Socket> sockets_;
    Way way_ = Way::children;
    std::optional<Counter> counter_; ///< with Way::units
    Child child_;
    State state_ = State::waiting;
    RestartDelay delay_;
    Moment next_start_{};
    Moment ready_since_{};
    std::optional<Moment> restart_asked_;
    base::Timestamp since_ = 0;
    unsigned starts_ = 0;
};

/// All daemons of the appliance.
class Attendants
{
public:
    Attendants(std::vector<Attendant> attendants, int config_file, Way way);

    /// Starts all and serves until one of `signals` (TERM, INT; CHLD is among them) says stop. Gives 0.
    int watch(sigset_t const& signals);

private:
    void start_due();
    void wait(int signal_fd);
    /// What root asked for at run/control.sock.
    void obey();
    /// Handles what arrived on the signal descriptor; true: asked to stop.
    bool take_signals(int signal_fd);
    void stop_all(int signal_fd);
    void publish();
    /// Until the next start, or until the watchdog wants to hear something.
    int longest_sleep() const;

    std::vector<Attendant> attendants_;
    Control control_;
    Way way_;
    service::ServiceManager manager_;
    int config_file_;
    base::Timestamp since_;
    Status published_;
    bool told_ready_ = false;
};

} // namespace supervisor
