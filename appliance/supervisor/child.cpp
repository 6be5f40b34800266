#include "appliance/supervisor/child.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char** environ;

namespace supervisor
{

namespace
{
constexpr int cannot_execute = 127;
/// What daemons may see of the environment; everything else stays outside.
constexpr std::string_view kept_variables[] = {
    "PATH=",          "TZ=",           "SSL_CERT_FILE=", "SSL_CERT_DIR=", "ASAN_OPTIONS=",
    "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "LSAN_OPTIONS="};

std::vector<std::string> environment(std::vector<service::Socket> const& sockets, int ready_fd)
{
    std::vector<std::string> variables = {"KOTAKPOS_SOCKETS=" + service::show_sockets(sockets),
                                          "KOTAKPOS_READY_FD=" + std::to_string(ready_fd)};
    for (char** variable = environ; variable && *variable; ++variable)
        for (auto const name : kept_variables)
            if (std::string_view(*variable).starts_with(name)) variables.emplace_back(*variable);
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// Everything the child needs, made before the fork: between fork and exec only system calls are allowed, because
/// another thread of the supervisor (the database's writer) may hold any lock.
struct Plan {
    int program;
    char const* path;
    char** arguments;
    char** environment;
    std::vector<int> const& inherited;
    Account const& account;
    bool change_user;
    pid_t parent;
};

[[noreturn]] void run_child(Plan const& plan)
{
    ::setsid(); // Ctrl-C is for the supervisor, which stops the daemons in order
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::umask(
        007); // kp-in and kp-box share files: they must be born with the group's rights, not get them a moment later
    int const null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, STDIN_FILENO);
    for (int const fd : plan.inherited) ::fcntl(fd, F_SETFD, 0);
    if (plan.change_user && !become(plan.account)) ::_exit(cannot_execute);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM); // after the change of user, which clears it
    if (::getppid() != plan.parent) ::_exit(cannot_execute);
    ::execve(plan.path, plan.arguments, plan.environment);
    // This user cannot walk there (a clone below /root): the file was opened while we were root.
    ::syscall(SYS_execveat, plan.program, "", plan.arguments, plan.environment, AT_EMPTY_PATH);
    ::_exit(cannot_execute);
}
} // namespace

base::Result<std::pair<base::Fd, base::Fd>> readiness_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return base::failed("pipe", std::strerror(errno));
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return std::pair(base::Fd(ends[0]), base::Fd(ends[1]));
}

base::Result<Child> start(StartOrder const& order)
{
    auto pipe = readiness_pipe();
    if (!pipe) return pipe.error();
    Child child;
    child.ready = std::move(pipe->first);
    base::Fd const ready_end = std::move(pipe->second);

    std::vector<std::string> texts = {order.program.path};
    texts.insert(texts.end(), order.roles.begin(), order.roles.end());
    texts.insert(texts.end(), {"--config", "/proc/self/fd/" + std::to_string(order.config_file)});
    auto variables = environment(order.sockets, ready_end.get());
    auto arguments = pointers(texts);
    auto environment_pointers = pointers(variables);
    std::vector<int> inherited = {ready_end.get(), order.config_file};
    for (auto const& socket : order.sockets) inherited.push_back(socket.fd);
    Plan const plan{order.program.file.get(),
                    order.program.path.c_str(),
                    arguments.data(),
                    environment_pointers.data(),
                    inherited,
                    order.account,
                    can_change_user(),
                    ::getpid()};

    child.pid = ::fork();
    if (child.pid < 0) return base::failed(order.program.path, std::strerror(errno), "check the number of processes");
    if (child.pid == 0) run_child(plan);
    return child;
}

} // namespace supervisor
