#include "setup-tui/proof/start.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/supervisor/programs.h"
#include "appliance/supervisor/status_file.h"

#include <Poco/Process.h>
#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace setup::proof
{

namespace
{
using namespace std::chrono_literals;
constexpr auto patience = 180s; // an emulated machine on a busy PC takes half a minute
constexpr char const* unit = "kotakpos.service";

bool has_unit()
{
    if (::access("/run/systemd/system", F_OK) != 0) return false;
    for (std::string const folder : {"/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/"})
        if (::access((folder + unit).c_str(), F_OK) == 0) return true;
    return false;
}

/// In the child, after fork and before exec: nothing but system calls.
[[noreturn]] void become_box(char const* program, char const* config_file, int log)
{
    int const nothing = ::open("/dev/null", O_RDONLY);
    ::setsid(); // the wizard's terminal may go, the box stays
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execl(program, "kotakpos", "run", "--config", config_file, nullptr);
    ::_exit(127);
}

/// The pid of `kotakpos run`.
base::Result<pid_t> launch(config::Config const& config)
{
    auto folders = supervisor::program_folders();
    folders.push_back(folders.front() + "/appliance");
    folders.emplace_back("/usr/bin");
    folders.emplace_back("/usr/local/bin");
    auto const program = supervisor::open_program("kotakpos", folders);
    if (!program) return program.error();
    auto const log_name = config.in_state("kotakpos.log");
    base::Fd const log(::open(log_name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!log) return base::failed(log_name, "the log cannot be written", "check the owner of the state folder");
    auto const child = ::fork();
    if (child == 0) become_box(program->path.c_str(), config.file.c_str(), log.get());
    if (child < 0)
        return base::failed("kotakpos run", "no process can be made", "close other programs, then try again");
    return child;
}

/// The last line of the log that says an error, for the screen.
std::string last_complaint(config::Config const& config)
{
    auto const log = base::read_file(config.in_state("kotakpos.log"));
    std::string found;
    if (!log) return found;
    for (auto const line : base::split(*log, '\n'))
        if (!base::trim(line).empty()) found = line;
    return found;
}

bool is_ready(std::string const& state)
{
    auto const status = supervisor::read_status(state);
    return status && !status->processes.empty() &&
           std::all_of(status->processes.begin(), status->processes.end(),
                       [](auto const& process) { return process.state == "ready"; });
}

base::Error not_ready(config::Config const& config)
{
    std::vector<std::string> late;
    if (auto const status = supervisor::read_status(config.state))
        for (auto const& process : status->processes)
            if (process.state != "ready") late.push_back(process.name);
    return base::failed(late.empty() ? "kotakpos run" : base::join(late, ", "), "the service does not get ready",
                        "see 'kotakpos status' and the log");
}
} // namespace

base::Result<Runner> start_box(config::Config const& config, Configuration configuration,
                               std::function<void()> const& wait)
{
    auto runner = Runner::there_already;
    pid_t child = 0;
    bool const starts_again = configuration == Configuration::changed && has_unit();
    if (supervisor::running_supervisor(config.state) == 0 || starts_again) {
        runner = has_unit() ? Runner::systemd : Runner::process;
        if (runner == Runner::systemd) {
            if (Poco::Process::launch("/usr/bin/systemctl", {"restart", unit}).wait() != 0)
                return base::failed(unit, "systemd could not start it", "see 'journalctl -u kotakpos'");
        } else {
            auto const launched = launch(config);
            if (!launched) return launched.error();
            child = *launched;
        }
    }
    for (auto const end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;
         wait()) {
        if (is_ready(config.state)) return runner;
        if (child != 0 && ::waitpid(child, nullptr, WNOHANG) == child)
            return base::failed("kotakpos run", last_complaint(config), "correct it, then try again");
    }
    return not_ready(config);
}

} // namespace setup::proof
